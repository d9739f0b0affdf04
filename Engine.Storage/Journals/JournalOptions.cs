using Engine.Primitives;
using Engine.Storage.Codecs;

namespace Engine.Storage.Journals;

/// <summary>How a journal writes. Read when it is opened.</summary>
public sealed class JournalOptions
{
    /// <summary>No limit to a wait.</summary>
    public static readonly TimeSpan NoLimit = Timeout.InfiniteTimeSpan;

    /// <summary>The smallest segment, in bytes.</summary>
    public const long MinSegmentBytes = 1 << 20;

    /// <summary>The largest segment, in bytes.</summary>
    public const long MaxSegmentBytes = 1L << 40;

    /// <summary>Bytes of a segment file, whose space is reserved when it is begun: 1 MiB to 1 TiB.</summary>
    public long SegmentBytes { get; set; } = 256L << 20;

    /// <summary>Events of a frame at most: 1 to 1,048,576. A frame is lost as a whole if one of its bytes is.</summary>
    public int FrameEvents { get; set; } = 32_768;

    /// <summary>
    /// How far what is durable lags behind what was recorded, if the disk keeps up: half of it is for frames to fill, half for
    /// synchronizing. 1 ms to 1 minute.
    /// </summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Bytes that may wait to be written, 1 MiB to 64 GiB; with more of them the overflow policy applies.</summary>
    public long MaxPendingBytes { get; set; } = 64L << 20;

    /// <summary>
    /// What happens where more wait: <see cref="OverflowPolicy.Wait"/> for room, or <see cref="OverflowPolicy.DropIncoming"/> events
    /// at once. What is dropped is counted, and the file names it.
    /// </summary>
    public OverflowPolicy OverflowPolicy { get; set; } = OverflowPolicy.Wait;

    /// <summary>
    /// How long a dispatcher waits for room at most before events are dropped, under <see cref="OverflowPolicy.Wait"/>:
    /// 0 to 1 day, or <see cref="NoLimit"/>.
    /// </summary>
    public TimeSpan StallBudget { get; set; } = NoLimit;

    /// <summary>How long closing waits for the disk at most, before it says what is left: 0 to 1 day.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Gives frames their times. Where it is set back the journal's time stands still until it is reached again, also over openings.
    /// </summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What is deleted, whenever a segment is begun; null for nothing. <see cref="Journal.Trim"/> does it by hand.</summary>
    public JournalRetention? Retention { get; set; }

    /// <summary>
    /// Whether a session that is closed in order ends with an account, signed off: what was recorded and lost of each stream, what
    /// <see cref="Journal.Account"/> was told, and digests of all frames. <see cref="JournalVerification"/> recomputes it. Costs a
    /// SHA-256 of what is written, on the journal's thread. Default: false.
    /// </summary>
    public bool IsSignedOff { get; set; }

    /// <summary>
    /// The key that the account is signed with, by HMAC-SHA-256; null for a digest alone, which whoever changes the journal on purpose
    /// can compute anew.
    /// </summary>
    public byte[]? SigningKey { get; set; }

    /// <summary>How events become bytes.</summary>
    public JournalCodecs Codecs { get; set; } = new();

    /// <summary>
    /// Is told of a failure to write or to synchronize, on the journal's thread, and of a codec that cannot end a frame, on the thread
    /// that ends it; null for nobody. It must not block. What it throws is dropped.
    /// </summary>
    public Action<Exception>? OnError { get; set; }

    internal static OptionTable<JournalOptions> Ranges { get; } = new OptionTable<JournalOptions>("a journal")
        .With(nameof(SegmentBytes), OptionRange.Bytes(MinSegmentBytes, MaxSegmentBytes), static o => o.SegmentBytes)
        .With(nameof(FrameEvents), OptionRange.Of(1, Frames.FrameFormat.MaxCount), static o => o.FrameEvents)
        .With(nameof(MaxDelay), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)), static o => o.MaxDelay)
        .With(nameof(MaxPendingBytes), OptionRange.Bytes(1L << 20, 64L << 30), static o => o.MaxPendingBytes)
        .With(
            nameof(StallBudget),
            OptionRange.OrUnlimited(OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1)), NoLimit, nameof(NoLimit)),
            static o => o.StallBudget)
        .With(nameof(CloseTimeout), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.CloseTimeout);

    internal void Validate()
    {
        Ranges.Check(this);
        if (OverflowPolicy is not (OverflowPolicy.Wait or OverflowPolicy.DropIncoming))
        {
            throw new ArgumentOutOfRangeException(
                nameof(OverflowPolicy), OverflowPolicy, $"{nameof(OverflowPolicy)} of a journal must be Wait or DropIncoming.");
        }

        Retention?.Validate();
        ArgumentNullException.ThrowIfNull(Codecs);
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
