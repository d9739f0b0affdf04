using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>The counters of a journal in its present session.</summary>
/// <param name="Recorded">Events recorded.</param>
/// <param name="RecordedBytes">Bytes that they take in memory.</param>
/// <param name="LostInRings">Events that rings had lost before; the file names them.</param>
/// <param name="Dropped">Events that the journal dropped because the disk did not follow; the file names them.</param>
/// <param name="Frames">Frames written.</param>
/// <param name="StoredBytes">Bytes written.</param>
/// <param name="PendingBytes">Bytes that wait to be written.</param>
/// <param name="Synchronizations">Times that the disk was asked to make things durable.</param>
/// <param name="SynchronizationTime">How long that took.</param>
/// <param name="DurableLag">Times from a frame's beginning until it was durable.</param>
/// <param name="Failure">Why nothing becomes durable any more; null while it does.</param>
public sealed record JournalStatistics(
    long Recorded,
    long RecordedBytes,
    long LostInRings,
    long Dropped,
    long Frames,
    long StoredBytes,
    long PendingBytes,
    long Synchronizations,
    DurationDistribution SynchronizationTime,
    DurationDistribution DurableLag,
    string? Failure)
{
    /// <summary>Bits on the disk for each event recorded; 0 if there are none.</summary>
    public double BitsPerEvent => Recorded == 0 ? 0 : 8.0 * StoredBytes / Recorded;

    /// <summary>One line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Recorded:N0} events recorded, {StoredBytes:N0} bytes, {BitsPerEvent:0.000} bits an event, lost {LostInRings + Dropped:N0}")
        + (Failure is null ? string.Empty : $"; failed: {Failure}");

    internal static JournalStatistics Of(JournalWriter writer)
    {
        JournalStream[] streams = writer.Streams;
        return new JournalStatistics(
            streams.Sum(static stream => stream.RecordedCount),
            streams.Sum(static stream => stream.RecordedCount * stream.Identity.EventSize),
            streams.Sum(static stream => stream.LostInRingCount),
            streams.Sum(static stream => stream.DroppedCount),
            writer.Frames.FrameCount,
            writer.Frames.ByteCount,
            writer.PendingBytes,
            writer.Synchronizer.Count,
            DurationDistribution.Of([writer.Synchronizer.Times]),
            DurationDistribution.Of([writer.Synchronizer.Lags]),
            writer.Fault?.Message);
    }
}

/// <summary>How a journal was closed.</summary>
/// <param name="IsComplete">Whether everything recorded is durable and each stream has its end.</param>
/// <param name="Statistics">The counters.</param>
/// <param name="Error">What kept it from that; null if nothing did, or if time ran out.</param>
public sealed record JournalCloseReport(bool IsComplete, JournalStatistics Statistics, Exception? Error);
