using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// What was deleted from the beginning of a journal, on purpose. It is written before anything is unlinked, so that a reader never takes
/// for lost what was deleted. Immutable.
/// </summary>
public sealed class JournalDeletion
{
    internal const string Name = "journal.deleted";

    private readonly Dictionary<FrameStream, FrameHeader> _streams;

    private JournalDeletion(long lastFrameNumber, DateTimeOffset time, Dictionary<FrameStream, FrameHeader> streams)
    {
        LastFrameNumber = lastFrameNumber;
        Time = time;
        _streams = streams;
    }

    internal static JournalDeletion Nothing { get; } = new(0, DateTimeOffset.UnixEpoch, []);

    /// <summary>Frames up to this number were deleted; 0 if none were.</summary>
    public long LastFrameNumber { get; }

    /// <summary>When that was done the last time.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>What was deleted of a stream of which there may be more; null if nothing was, as far as is known.</summary>
    public JournalGap? Of(FrameStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return _streams.TryGetValue(stream, out FrameHeader? header) && header.LostBefore is { Count: > 0 } loss
            ? new JournalGap(loss.FirstSequence, loss.EndSequence - 1, LossCause.Deleted)
            : null;
    }

    /// <summary>Reads what was deleted.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static JournalDeletion Read(IJournalFiles files)
    {
        var streams = new Dictionary<FrameStream, FrameHeader>();
        long last = 0;
        DateTimeOffset time = DateTimeOffset.UnixEpoch;
        try
        {
            using var scanner = new SegmentScanner(files, Name);
            while (scanner.Next(reads: false) is ScanResult.Frame or ScanResult.Damage)
            {
                FrameHeader header = scanner.Header!;
                streams[header.Stream] = header;
                last = Math.Max(last, header.FrameNumber);
                time = header.Time;
            }
        }
        catch (FileNotFoundException)
        {
            return Nothing;
        }

        return new JournalDeletion(last, time, streams);
    }

    /// <summary>Writes it, durably.</summary>
    internal void Write(IJournalFiles files)
    {
        var bytes = new List<byte>();
        byte[] buffer = new byte[FrameFormat.MaxHeaderLength];
        foreach (FrameHeader header in _streams.Values)
        {
            int length = FrameFormat.Write(header with { FrameNumber = LastFrameNumber, Time = Time }, buffer);
            bytes.AddRange(buffer.AsSpan(0, length));
        }

        files.Replace(Name, bytes.ToArray());
    }

    /// <summary>Adds what is in segments that are about to be deleted.</summary>
    /// <param name="headers">All their frames.</param>
    /// <param name="firstSessionLeft">Of earlier sessions nothing is left: they are not named any more.</param>
    /// <param name="time">Now.</param>
    internal JournalDeletion With(IEnumerable<FrameHeader> headers, long firstSessionLeft, DateTimeOffset time)
    {
        var streams = new Dictionary<FrameStream, FrameHeader>(_streams);
        long last = LastFrameNumber;
        // Segments may hold no frame at all.
        FrameHeader? latest = _streams.Values.FirstOrDefault();
        foreach (FrameHeader header in headers)
        {
            last = Math.Max(last, header.FrameNumber);
            if (header.Kind == FrameKind.Account)
                continue;
            latest = header;
            if (header.Kind == FrameKind.End)
            {
                streams.Remove(header.Stream);
                continue;
            }

            long first = header.LostBefore.Count > 0 ? header.LostBefore.FirstSequence : header.FirstSequence;
            if (streams.TryGetValue(header.Stream, out FrameHeader? known))
                first = Math.Min(first, known.LostBefore.FirstSequence);
            streams[header.Stream] = RecordOf(header.Stream, first, header.EndSequence);
        }

        foreach (FrameStream stream in streams.Keys.Where(stream => stream.Session < firstSessionLeft).ToArray())
            streams.Remove(stream);
        // One at least, to say up to which frame.
        if (streams.Count == 0 && latest is not null)
            streams[latest.Stream] = RecordOf(latest.Stream, latest.EndSequence, latest.EndSequence);
        return new JournalDeletion(last, time, streams);
    }

    private static FrameHeader RecordOf(FrameStream stream, long first, long end) => new()
    {
        Kind = FrameKind.Deleted,
        FrameNumber = 1,
        Stream = stream,
        FirstSequence = end,
        LostBefore = new FrameLoss(first, end - first, end > first ? LossCause.Deleted : LossCause.None),
    };
}
