using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>Carries one event type from an engine to a bus, while somebody there wants it.</summary>
internal abstract class EngineBridge
{
    private int _requests;

    /// <summary>The event type's name.</summary>
    public abstract string EventName { get; }

    public abstract long EventCount { get; }

    public abstract long LostEventCount { get; }

    /// <summary>
    /// Subscribes or unsubscribes, as wanted. A call that meets another one leaves the work to that one, which looks again:
    /// waiting for it could wait for the caller's own handler.
    /// </summary>
    /// <param name="isEnded">Whether the attachment has ended; may change at any time.</param>
    public void Reconcile(ref bool isEnded)
    {
        if (Interlocked.Increment(ref _requests) != 1)
            return;
        int seen;
        do
        {
            seen = Volatile.Read(ref _requests);
            Apply(Volatile.Read(ref isEnded));
        }
        while (Interlocked.CompareExchange(ref _requests, 0, seen) != seen);
    }

    /// <summary>By one thread at a time.</summary>
    private protected abstract void Apply(bool isEnded);
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class EngineBridge<T>(TopicRuntime<T> topic, IEventSubscriptions engine) : EngineBridge, IBatchHandler<T>
    where T : unmanaged, IEvent<T>
{
    private Subscription? _subscription;
    private long _events;
    private long _lost;

    public override string EventName => topic.Descriptor.Name;

    public override long EventCount => Volatile.Read(ref _events);

    public override long LostEventCount => Volatile.Read(ref _lost);

    public void Handle(ReadOnlySpan<T> events, in Envelope envelope)
    {
        Interlocked.Add(ref _events, events.Length);
        for (int i = 0; i < events.Length; i++)
            topic.Publish(events[i], envelope.AtSequence(envelope.Sequence + i));
    }

    private protected override void Apply(bool isEnded)
    {
        bool isWanted = !isEnded && topic.SubscriptionCount > 0;
        if (isWanted && _subscription is null)
        {
            _subscription = engine.SubscribeBatch(
                this, new SubscriptionOptions<T> { Name = $"bus({topic.Descriptor.Name})", OnLost = OnLost });
        }
        else if (!isWanted && _subscription is not null)
        {
            _subscription.Dispose();
            _subscription = null;
        }
    }

    private void OnLost(in LossNotice notice) => Interlocked.Add(ref _lost, notice.Count);
}
