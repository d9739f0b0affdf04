using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>One subscription in a topic.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="Number">The subscription's number in handler scopes.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Handler">The handler, or what queues for it.</param>
/// <param name="Filter">Which events it gets; null for all.</param>
/// <param name="Delivered">Counts calls of the handler; null if the queue counts.</param>
/// <param name="Intake">What <paramref name="Handler"/> was taken from.</param>
internal readonly record struct TopicEntry<T>(
    long Number, SubscriptionCore Subscription, BusAction<T> Handler,
    EventFilter<T>? Filter, ThreadCounter? Delivered, QueueIntake<T> Intake)
    where T : IEvent<T>
{
    // Of the count's cells; -1 where the queue counts.
    private readonly int _countIndex = Delivered?.Index ?? -1;

    // The same, but -1 too where a filter is to be asked first.
    private readonly int _plainIndex = Filter is null && Delivered is not null ? Delivered.Index : -1;

    /// <summary>Counts a call that no filter has to allow, as <see cref="TryCountCall"/> does.</summary>
    /// <param name="thread">The calling thread's cells.</param>
    /// <returns>Whether it is counted; false: nothing is, and it has to be found out why.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCountPlainCall(ThreadCells thread) => TryCount(thread, _plainIndex);

    /// <summary>
    /// Counts a call of the handler if that is all there is to do: it is not counted by a queue, not timed, and the subscription is in
    /// force. One look at the call mask decides the last two.
    /// </summary>
    /// <param name="thread">The calling thread's cells.</param>
    /// <returns>Whether it is counted; false: nothing is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryCountCall(ThreadCells thread) => TryCount(thread, _countIndex);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryCount(ThreadCells thread, int index)
    {
        long[] cells = thread.Values;
        if ((uint)index >= (uint)cells.Length)
            return false;
        long next = cells[index] + 1;
        if ((next & Subscription.CallMask) == 0)
            return false;
        Volatile.Write(ref cells[index], next);
        return true;
    }
}
