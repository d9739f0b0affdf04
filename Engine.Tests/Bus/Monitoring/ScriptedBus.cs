using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>A bus that is only counters, which a test sets.</summary>
internal sealed class ScriptedBus(ManualTime time) : IBusSnapshotSource
{
    private readonly DateTimeOffset _start = time.GetUtcNow();

    public LifecycleState State { get; set; } = LifecycleState.Running;

    public long Published { get; set; }

    public ResourceSnapshot Resources { get; set; } = new() { AvailableBytes = 1000, WorkingSetBytes = 100 };

    public Dictionary<long, SubscriptionSnapshot> Subscriptions { get; } = [];

    public bool IsFailing { get; set; }

    public BusSnapshot TakeSnapshot() => IsFailing
        ? throw new InvalidOperationException("no counters")
        : new BusSnapshot
        {
            BusName = "orders",
            State = State,
            Time = time.GetUtcNow(),
            Uptime = time.GetUtcNow() - _start,
            Published = Published,
            Subscriptions = [.. Subscriptions.Values.OrderBy(static s => s.Id)],
            Resources = Resources,
        };

    public void Set(long id, Func<SubscriptionSnapshot, SubscriptionSnapshot> change) => Subscriptions[id] = change(
        Subscriptions.GetValueOrDefault(id) ?? new SubscriptionSnapshot { Id = id, Name = $"s{id}", Pattern = "order.*", QueueCapacity = 100 });

    public static DurationSnapshot Durations(params (int Count, double Milliseconds)[] groups)
    {
        var histogram = new DurationHistogram();
        foreach ((int count, double milliseconds) in groups)
        {
            for (int i = 0; i < count; i++)
                histogram.Record((long)(milliseconds * 1e6));
        }

        return DurationSnapshot.Of([histogram]);
    }
}
