using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>The counters of a bus and what the process used at one moment.</summary>
internal sealed record BusSample(EventBusStatistics Bus, ResourceSnapshot Resources);

/// <summary>What happened on a bus between two looks at its statistics: the counters of the later less those of the earlier.</summary>
internal sealed class BusInterval
{
    private const double LargestLoad = 0.999;

    private static readonly TimeSpan ShortestLoad = TimeSpan.FromSeconds(1);

    public BusInterval(BusSample? earlier, BusSample later)
    {
        Later = later.Bus;
        Resources = later.Resources;
        EarlierResources = earlier?.Resources;
        EventBusStatistics? before = earlier?.Bus;
        Duration = before is null ? Later.Uptime : Later.Uptime - before.Uptime;
        Published = Later.Published - (before?.Published ?? 0);
        Dictionary<long, BusSubscriptionStatistics> subscriptions = before?.Subscriptions.ToDictionary(static s => s.Id) ?? [];
        Dictionary<long, MessageSubscriptionStatistics> messages = before?.Messages.ToDictionary(static m => m.Id) ?? [];
        Subscriptions = [.. Later.Subscriptions.Select(now => new SubscriptionInterval(subscriptions.GetValueOrDefault(now.Id), now))];
        Messages = [.. Later.Messages.Select(now => new MessageInterval(messages.GetValueOrDefault(now.Id), now))];
    }

    public EventBusStatistics Later { get; }

    public TimeSpan Duration { get; }

    public long Published { get; }

    /// <summary>What the process used at the end.</summary>
    public ResourceSnapshot Resources { get; }

    /// <summary>What the process used at the beginning; null if that is not known.</summary>
    public ResourceSnapshot? EarlierResources { get; }

    public IReadOnlyList<SubscriptionInterval> Subscriptions { get; }

    public IReadOnlyList<MessageInterval> Messages { get; }

    /// <summary>
    /// The share of all processors that the process used, always below 1. Zero where it is not known or the interval is too short to
    /// say: processor time is counted in steps.
    /// </summary>
    public double ProcessorLoad
    {
        get
        {
            if (EarlierResources is not { } earlier || Duration < ShortestLoad || Resources.ProcessorCount < 1)
                return 0;
            double share = PerSecond((Resources.ProcessorTime - earlier.ProcessorTime).TotalSeconds) / Resources.ProcessorCount;
            return Math.Clamp(share, 0, LargestLoad);
        }
    }

    /// <summary>How often per second something happened that happened so often in the interval.</summary>
    public double PerSecond(double count) => Duration > TimeSpan.Zero ? count / Duration.TotalSeconds : 0;
}

/// <summary>What happened to one subscription between two looks.</summary>
internal sealed class SubscriptionInterval(BusSubscriptionStatistics? earlier, BusSubscriptionStatistics later)
{
    private readonly QueueStatistics? _earlierQueue = earlier?.Queue;

    public BusSubscriptionStatistics Later { get; } = later;

    /// <summary>What errors and troubles call it.</summary>
    public string Culprit => $"subscription \"{Later.Name}\" (#{Later.Id})";

    public ProcessingMode Mode => Later.Queue?.CurrentMode ?? Later.Mode;

    public long Delivered { get; } = later.DeliveredCount - (earlier?.DeliveredCount ?? 0);

    public long Failed { get; } = later.ErrorCount - (earlier?.ErrorCount ?? 0);

    public long Retried => (Later.Queue?.Retried ?? 0) - (_earlierQueue?.Retried ?? 0);

    /// <summary>Events that were refused, dropped or discarded.</summary>
    public long Lost => (Later.Queue?.Lost ?? 0) - (_earlierQueue?.Lost ?? 0);

    /// <summary>Events that were refused or dropped because the queue was full.</summary>
    private long TurnedAway => TurnedAwayOf(Later.Queue) - TurnedAwayOf(_earlierQueue);

    public int QueueLength => Later.Queue?.Queued ?? 0;

    /// <summary>Events that may be in the queue; 0 without a queue.</summary>
    public int QueueCapacity => Later.Queue?.Capacity ?? 0;

    public int InFlight => Later.Queue?.InFlight ?? 0;

    public int QueueGrowth => QueueLength - (_earlierQueue?.Queued ?? 0);

    public DurationDistribution HandlerTime { get; } = later.Queue is null
        ? Between(earlier?.DirectTime, later.DirectTime)
        : Between(earlier?.Queue?.HandlerTime, later.Queue.HandlerTime);

    public DurationDistribution Latency { get; } = Between(earlier?.Queue?.Latency, later.Queue?.Latency);

    /// <summary>The share of calls that failed; a filter that throws fails without a call.</summary>
    public double ErrorRate => Failed == 0 ? 0 : (double)Failed / Math.Max(Delivered, Failed);

    /// <summary>The share of the queue in use; all of it if an event was refused or dropped meanwhile.</summary>
    public double QueueFill => QueueCapacity == 0 ? 0 : TurnedAway > 0 ? 1 : (double)QueueLength / QueueCapacity;

    /// <summary>From publishing to the end of the handler, or the handler alone where that is all that is measured.</summary>
    public DurationDistribution EndToEnd => Latency.Count > 0 ? Latency : HandlerTime;

    /// <summary>Estimated from the mean, because not every call need be measured.</summary>
    public TimeSpan TotalHandlerTime => HandlerTime.Mean * Math.Max(Delivered, HandlerTime.Count);

    /// <summary>Grows with everything that leaves the queue or the handler.</summary>
    public long Progress =>
        Later.DeliveredCount + Later.ErrorCount + (Later.Queue?.Retried ?? 0) + (Later.Queue?.Discarded ?? 0) - InFlight;

    private static long TurnedAwayOf(QueueStatistics? queue) => queue is null ? 0 : queue.Rejected + queue.Dropped;

    private static DurationDistribution Between(DurationDistribution? earlier, DurationDistribution? later) =>
        later is null ? DurationDistribution.Empty : earlier is null ? later : later.Since(earlier);
}

/// <summary>What happened to one message subscription between two looks.</summary>
internal sealed class MessageInterval(MessageSubscriptionStatistics? earlier, MessageSubscriptionStatistics later)
{
    public MessageSubscriptionStatistics Later { get; } = later;

    /// <summary>What errors and troubles call it.</summary>
    public string Culprit => $"messages \"{Later.Name}\" (#{Later.Id})";

    public long Acked { get; } = later.Acked - (earlier?.Acked ?? 0);

    public long Nacked { get; } = later.Nacked - (earlier?.Nacked ?? 0);

    public long Expired { get; } = later.Expired - (earlier?.Expired ?? 0);

    /// <summary>Events that were refused or dropped because the queue was full.</summary>
    public long Lost { get; } = later.Rejected + later.Dropped - (earlier is null ? 0 : earlier.Rejected + earlier.Dropped);

    public long BacklogGrowth { get; } = later.Backlog - (earlier?.Backlog ?? 0);

    public DurationDistribution AckTime { get; } = earlier is null ? later.AckTime : later.AckTime.Since(earlier.AckTime);

    /// <summary>Deliveries that ended: those settled for good, and those that failed.</summary>
    public long Ended { get; } = EndedOf(later) - (earlier is null ? 0 : EndedOf(earlier));

    /// <summary>The share of them that failed.</summary>
    public double ErrorRate => Ended == 0 ? 0 : (double)(Nacked + Expired) / Ended;

    /// <summary>The share of the capacity in use; all of it if an event was refused or dropped meanwhile.</summary>
    public double Fill => Lost > 0 ? 1 : Later.Capacity > 0 ? (double)Later.Backlog / Later.Capacity : 0;

    /// <summary>Grows with everything that leaves the queue or a consumer.</summary>
    public long Progress =>
        Later.Delivered + Later.Acked + Later.Skipped + Later.Failed + Later.Released + Later.Parked + Later.DroppedOldest;

    private static long EndedOf(MessageSubscriptionStatistics messages) => messages.Acked + messages.Skipped + messages.Failed;
}
