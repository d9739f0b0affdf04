using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>
/// The handler of an event type that has only one, where publishers call it without asking a filter or a queue. A change of the
/// subscriptions, and the stop of the bus, replaces or removes it: a publisher that still finds it after entering the handler's
/// scope knows that the subscription is active and that the bus takes events.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="number">The subscription's number in handler scopes.</param>
/// <param name="subscription">The subscription.</param>
/// <param name="handler">The handler.</param>
/// <param name="count">Counts the publishes, which are as many calls of the handler: of the topic and of the subscription.</param>
internal sealed class DirectCall<T>(long number, SubscriptionCore subscription, BusAction<T> handler, ThreadCounter count)
    where T : IEvent<T>
{
    // Fields: this is read at every publish.
    public readonly long Number = number;
    public readonly BusAction<T> Handler = handler;
    public readonly SubscriptionCore Subscription = subscription;
    private readonly ThreadCounter _count = count;
    private long _callMask = subscription.CallMask;
    private readonly int _countIndex = count.Index;

    /// <summary>Counts a publish.</summary>
    /// <returns>Whether its call of the handler is to be timed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool CountCall(ThreadCells thread)
    {
        long[] cells = thread.Values;
        int index = _countIndex;
        if ((uint)index < (uint)cells.Length)
        {
            long next = cells[index] + 1;
            Volatile.Write(ref cells[index], next);
            return (next & _callMask) == 0;
        }

        _count.Increment(thread);
        return false;
    }

    /// <summary>Calls the handler and notes how long that took. What it throws is reported.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void CallTimed(in T @event, EventContext context)
    {
        try
        {
            TimedCall.Run(Subscription, Handler, @event, context);
        }
        catch (Exception exception)
        {
            Subscription.ReportError(context, exception);
        }

        // Only where it changes: other publishers read this line.
        if (_callMask != Subscription.CallMask)
            _callMask = Subscription.CallMask;
    }
}
