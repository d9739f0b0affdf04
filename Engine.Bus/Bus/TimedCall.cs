using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus;

/// <summary>Calls of handlers on publishers' threads that are timed, few of all.</summary>
internal static class TimedCall
{
    /// <summary>Calls the handler and notes how long that took, also if it throws.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run<T>(SubscriptionCore subscription, BusAction<T> handler, in T @event, EventContext context)
        where T : IEvent<T>
    {
        TimeProvider timeProvider = subscription.Bus.TimeProvider;
        long started = timeProvider.GetTimestamp();
        try
        {
            handler(@event, context);
        }
        finally
        {
            subscription.RecordCall(timeProvider.GetTimestamp() - started);
        }
    }
}
