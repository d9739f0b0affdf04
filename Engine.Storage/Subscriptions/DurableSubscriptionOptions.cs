using Engine.Bus;
using Engine.Bus.Options;
using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Stores;

namespace Engine.Storage.Subscriptions;

/// <summary>How a durable subscription works. Immutable.</summary>
public sealed record DurableSubscriptionOptions
{
    /// <summary>Where it begins if it has no checkpoint yet.</summary>
    public StartPoint Start { get; init; } = StartPoint.End;

    /// <summary>Events that are read ahead and not settled: 1 to 1,048,576. Further ones stay in the store until there is room.</summary>
    public int Capacity { get; init; } = 1024;

    /// <summary>
    /// How long a consumer has an event before it is handed out again; renewed while a handler runs: above 0, at most 24 days.
    /// </summary>
    public TimeSpan MessageLease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When an event that failed is tried again, and how often before it becomes a dead letter.</summary>
    public RetryOptions Retry { get; init; } = new() { MaxAttempts = 5 };

    /// <summary>
    /// Whether events of one key are handled one after the other, in their order, however many are handled at the same time, and while one
    /// of them is tried again; those of other keys, and those without, go on meanwhile.
    /// </summary>
    public bool KeepsKeyOrder { get; init; } = true;

    /// <summary>
    /// Places that a consumer takes at a time where several processes share the subscription: 1 to 1,000,000; null where one process at a
    /// time has all of it. They work side by side then, and only the events of one range keep an order. All processes must have it the same
    /// way.
    /// </summary>
    public int? SharedRange { get; init; }

    /// <summary>Settled events after which the checkpoint is saved: 1 or more.</summary>
    public int CheckpointCount { get; init; } = 100;

    /// <summary>The time after which it is saved: 1 ms to 1 hour, and not more than a third of the lease.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a process has the subscription for itself without giving a sign: 1 s to 1 hour. If it crashes, another one on the same
    /// machine goes on at once, one elsewhere after this time.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where events go that are given up, or that nothing here can read; null for the letters of the store's own database.
    /// </summary>
    public SqlDeadLetters? DeadLetters { get; init; }

    /// <summary>Is told once per run that everything is settled that was there when the run began. What it throws is dropped.</summary>
    public Action<long>? OnCaughtUp { get; init; }

    /// <summary>Is told of places that were trimmed before they were read, or are damaged. What it throws is dropped.</summary>
    public Action<SequenceGap>? OnGap { get; init; }

    /// <summary>
    /// Is told of events that were lost before they came into a journal, when the place is read at which they are missing. What it throws
    /// is dropped.
    /// </summary>
    public Action<EventLoss>? OnLoss { get; init; }

    internal static OptionTable<DurableSubscriptionOptions> Ranges { get; } = new OptionTable<DurableSubscriptionOptions>(
        "a durable subscription")
        .With(nameof(Capacity), OptionRange.Of(1, 1 << 20), static o => o.Capacity)
        .With(nameof(MessageLease), OptionRanges.MessageDuration, static o => o.MessageLease)
        .With(nameof(SharedRange), OptionRange.Of(1, 1_000_000), static o => o.SharedRange)
        .With(nameof(CheckpointCount), OptionRange.AtLeast(1), static o => o.CheckpointCount)
        .With(
            nameof(CheckpointInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            static o => o.CheckpointInterval)
        .With(nameof(Lease), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), static o => o.Lease);

    internal void Validate()
    {
        Ranges.Check(this);
        if (CheckpointInterval > Lease / 3)
        {
            throw new ArgumentOutOfRangeException(
                nameof(CheckpointInterval), CheckpointInterval,
                $"{nameof(CheckpointInterval)} of a durable subscription must be at most a third of {nameof(Lease)}, which is {Lease:c}.");
        }

        ArgumentNullException.ThrowIfNull(Retry);
    }
}
