using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>What a whole journal holds: a proof that each stream is complete, or the name of each gap. Immutable.</summary>
/// <param name="Streams">The streams, in the order in which they begin.</param>
/// <param name="Damages">Places that are no good frame.</param>
/// <param name="MissingFrames">Frames whose numbers are missing, because files or parts of them are, and that were not deleted.</param>
/// <param name="FrameCount">Good frames.</param>
/// <param name="ByteCount">Bytes of them.</param>
/// <param name="DeletedFrames">Frames that were deleted on purpose, from the beginning on.</param>
public sealed record JournalAudit(
    IReadOnlyList<JournalStreamAudit> Streams, IReadOnlyList<JournalDamage> Damages, long MissingFrames, long FrameCount, long ByteCount,
    long DeletedFrames)
{
    /// <summary>
    /// Whether every stream is complete up to its end and nothing is damaged or missing; what was deleted on purpose is not missing.
    /// </summary>
    public bool IsComplete => Damages.Count == 0 && MissingFrames == 0 && Streams.All(static stream => stream.IsComplete);

    /// <summary>Reads a journal from end to end and compares every checksum.</summary>
    /// <param name="reader">A reader that has read nothing yet.</param>
    public static JournalAudit Of(JournalReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var streams = new Dictionary<FrameStream, StreamAuditor>();
        var order = new List<StreamAuditor>();
        long frames = 0;
        long bytes = 0;
        long missing = 0;
        long first = 0;
        long expected = 0;
        while (reader.TryRead(out JournalFrame frame))
        {
            FrameHeader header = frame.Header;
            frames++;
            bytes += header.FrameLength;
            if (expected > 0 && header.FrameNumber > expected)
                missing += header.FrameNumber - expected;
            first = first == 0 ? header.FrameNumber : first;
            expected = header.FrameNumber + 1;
            if (header.Kind == FrameKind.Account)
                continue;
            if (!streams.TryGetValue(header.Stream, out StreamAuditor? auditor))
            {
                streams.Add(header.Stream, auditor = new StreamAuditor(header));
                order.Add(auditor);
            }

            auditor.Take(header);
        }

        // Afterwards: a writer may have deleted meanwhile.
        JournalDeletion deletion = reader.ReadDeletion();
        long deleted = first == 0 ? deletion.LastFrameNumber : Math.Min(deletion.LastFrameNumber, first - 1);
        return new JournalAudit(
            [.. order.Select(auditor => auditor.Result(deletion))], [.. reader.Damages], missing + Math.Max(0, first - 1 - deleted), frames,
            bytes, deleted);
    }
}

/// <summary>What a journal has of one stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="FirstSequence">The sequence of its first event.</param>
/// <param name="EndSequence">The sequence after its last one.</param>
/// <param name="EventCount">Events.</param>
/// <param name="FrameCount">Frames.</param>
/// <param name="ByteCount">Bytes on the disk.</param>
/// <param name="Gaps">What is missing, in order.</param>
/// <param name="IsEnded">Whether the writer has said that this is the end. Otherwise it was killed, or is still at work.</param>
/// <param name="Deleted">What was deleted of it on purpose, before its first event; null if nothing was.</param>
public sealed record JournalStreamAudit(
    FrameStream Stream, long FirstSequence, long EndSequence, long EventCount, int FrameCount, long ByteCount,
    IReadOnlyList<JournalGap> Gaps, bool IsEnded, JournalGap? Deleted)
{
    /// <summary>Whether it has its end and no gap.</summary>
    public bool IsComplete => IsEnded && Gaps.Count == 0;
}

/// <summary>Events of a stream that a journal does not have.</summary>
/// <param name="FirstSequence">The first one.</param>
/// <param name="LastSequence">The last one.</param>
/// <param name="Cause">
/// Why, as the writer says; <see cref="LossCause.None"/> if it says nothing: then frames are damaged or missing.
/// </param>
public readonly record struct JournalGap(long FirstSequence, long LastSequence, LossCause Cause)
{
    /// <summary>How many.</summary>
    public long Count => LastSequence - FirstSequence + 1;
}
