using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>A bus that is only counters, which a test sets.</summary>
internal sealed class ScriptedBus(ManualTime time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();

    public LifecycleState State { get; set; } = LifecycleState.Running;

    public long Published { get; set; }

    public ResourceSnapshot Resources { get; set; } = new() { AvailableBytes = 1000, WorkingSetBytes = 100 };

    public Dictionary<long, ScriptedSubscription> Subscriptions { get; } = [];

    public List<MessageSubscriptionStatistics> Messages { get; } = [];

    public bool IsFailing { get; set; }

    public BusSample Read() => IsFailing
        ? throw new InvalidOperationException("no counters")
        : new BusSample(
            new EventBusStatistics(
                "orders",
                State,
                time.GetUtcNow(),
                time.GetUtcNow() - _start,
                SubscriptionVersion: 1,
                [new BusTopicStatistics("order.created", Published, Subscriptions.Count, default)],
                [.. Subscriptions.Values.OrderBy(static s => s.Id).Select(static s => s.ToStatistics())],
                [.. Messages],
                new BusDispatchStatistics(1, 0, 0, 0, 0)),
            Resources);

    public void Set(long id, Func<ScriptedSubscription, ScriptedSubscription> change) => Subscriptions[id] = change(
        Subscriptions.GetValueOrDefault(id) ?? new ScriptedSubscription { Id = id, Name = $"s{id}" });

    public void Set(MessageSubscriptionStatistics messages)
    {
        Messages.RemoveAll(other => other.Id == messages.Id);
        Messages.Add(messages);
    }

    public static DurationDistribution Durations(params (int Count, double Milliseconds)[] groups)
    {
        var histogram = new DurationHistogram();
        foreach ((int count, double milliseconds) in groups)
        {
            for (int i = 0; i < count; i++)
                histogram.Record((long)(milliseconds * 1e6));
        }

        return DurationDistribution.Of([histogram]);
    }
}

/// <summary>The counters of a subscription that a test sets.</summary>
internal sealed record ScriptedSubscription
{
    public long Id { get; init; }

    public string Name { get; init; } = "";

    public ProcessingMode Mode { get; init; } = ProcessingMode.Async;

    public int QueueLength { get; init; }

    public int InFlight { get; init; }

    public long Delivered { get; init; }

    public long Failed { get; init; }

    public long Retried { get; init; }

    public long Rejected { get; init; }

    public long Dropped { get; init; }

    public long Discarded { get; init; }

    public DurationDistribution HandlerTime { get; init; } = DurationDistribution.Empty;

    public BusSubscriptionStatistics ToStatistics() => new(
        Id, Name, "order.*", Mode, Delivered, Failed,
        new QueueStatistics(
            Mode, ModeReason: null, Delivered + QueueLength, Rejected, Dropped, DroppedOldest: 0, Delivered - Failed, Failed, Discarded,
            Retried, QueueLength, Capacity: 100, InFlight, BatchSize: 1, TimeSpan.Zero, HandlerTime, DurationDistribution.Empty));
}
