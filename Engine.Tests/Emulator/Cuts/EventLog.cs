using Engine.Events;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Tests.Emulator.Cuts;

/// <summary>Keeps the events of a subscription, and their sequences.</summary>
internal sealed class EventLog<T>
    where T : unmanaged, IEvent<T>
{
    public EventLog(EventEngine engine, SubscriptionOptions<T> options)
    {
        Subscription = engine.SubscribeBatch(
            (events, in envelope) =>
            {
                for (int i = 0; i < events.Length; i++)
                    Sequences.Add(envelope.Sequence + i);
                Events.AddRange(events);
            },
            options);
    }

    public Subscription Subscription { get; }

    public List<T> Events { get; } = [];

    public List<long> Sequences { get; } = [];
}
