using Engine.Primitives;
using static System.FormattableString;

namespace Engine.Bus;

/// <summary>
/// The counters of a subscription that has a queue. At rest <c>Accepted = Succeeded + Failed + Discarded + DroppedOldest +
/// Queued</c>.
/// </summary>
/// <param name="CurrentMode">Where and how the handler runs now: sync, async or batch.</param>
/// <param name="ModeReason">In adaptive mode: why that one was chosen.</param>
/// <param name="Accepted">Events queued.</param>
/// <param name="Rejected">Events refused because the queue was full.</param>
/// <param name="DroppedIncoming">Events dropped because the queue was full.</param>
/// <param name="DroppedOldest">Queued events dropped to make room.</param>
/// <param name="Succeeded">Queued events that the handler handled.</param>
/// <param name="Failed">Queued events on which the handler threw, for the last time if they were tried again.</param>
/// <param name="Discarded">
/// Queued events that the handler did not get, or did not finish, because the subscription or the bus had ended.
/// </param>
/// <param name="Retried">Tries after the first.</param>
/// <param name="Queued">Events in the queue now.</param>
/// <param name="Capacity">Events there may be in the queue.</param>
/// <param name="InFlight">Events in the handler now.</param>
/// <param name="BatchSize">In batch mode: events that make a batch.</param>
/// <param name="BatchMaxWait">In batch mode: how long the first event of a batch waits at most.</param>
/// <param name="HandlerTime">
/// Times from the call of the handler to its end, retries and the delays before them included; one sample per event or batch, and
/// one of 16 on publishers' threads.
/// </param>
/// <param name="Latency">Times from queueing to the end of the handler.</param>
public sealed record QueueStatistics(
    ProcessingMode CurrentMode,
    string? ModeReason,
    long Accepted,
    long Rejected,
    long DroppedIncoming,
    long DroppedOldest,
    long Succeeded,
    long Failed,
    long Discarded,
    long Retried,
    int Queued,
    int Capacity,
    int InFlight,
    int BatchSize,
    TimeSpan BatchMaxWait,
    DurationDistribution HandlerTime,
    DurationDistribution Latency)
{
    /// <summary>What the options' own strategy recommended last; null if there is none, or it was not asked yet.</summary>
    public TuningRecommendation? Recommendation { get; init; }

    /// <summary>Events dropped because the queue was full, new ones and queued ones.</summary>
    public long Dropped => DroppedIncoming + DroppedOldest;

    /// <summary>Events refused, dropped or discarded.</summary>
    public long Lost => Rejected + Dropped + Discarded;

    /// <summary>One line.</summary>
    public override string ToString() => Invariant(
        $"queue {Queued:N0} of {Capacity:N0} ({CurrentMode}), {InFlight:N0} in flight, {Succeeded:N0} succeeded, {Failed:N0} failed, ")
        + Invariant($"{Retried:N0} retried, {Lost:N0} lost; handler {HandlerTime}; latency {Latency}")
        + (Recommendation is { } tuning
            ? Invariant($"; tuning {tuning.BatchSizeAdjustment:+0.###;-0.###;0} size, {tuning.MaxWaitAdjustment:+0.###;-0.###;0} wait")
                + (tuning.Reason is { } reason ? $": {ReadableText.Short(reason)}" : "")
            : "");
}
