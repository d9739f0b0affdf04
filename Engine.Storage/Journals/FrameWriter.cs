using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>Makes frames of drafts and appends them to segments. Used by one thread.</summary>
internal sealed class FrameWriter(
    IJournalFiles files, long segmentBytes, long firstSegment, long lastFrameNumber, JournalSynchronizer synchronizer) : IDisposable
{
    private static readonly byte[] Zeros = new byte[8];

    private readonly byte[] _header = new byte[FrameFormat.MaxHeaderLength];
    private readonly ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[3];
    private FrameDigests? _digests;
    private SegmentFile? _segment;
    private long _nextSegment = firstSegment;
    private long _frameNumber = lastFrameNumber;
    private long _frames;
    private long _bytes;

    /// <summary>Is called, on the writer's thread, when another segment was begun.</summary>
    public Action? SegmentBegun { get; set; }

    /// <summary>Frames written.</summary>
    public long FrameCount => Volatile.Read(ref _frames);

    /// <summary>Bytes written.</summary>
    public long ByteCount => Volatile.Read(ref _bytes);

    /// <summary>Writes a frame. If it throws, the frame can be written again.</summary>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public void Write(DraftFrame frame)
    {
        ReadOnlyMemory<byte> payload = frame.Payload;
        int headerLength = FrameFormat.Write(HeaderOf(frame, payload), _header);
        int padding = FrameFormat.Align(payload.Length) - payload.Length;
        int length = headerLength + payload.Length + padding;
        SegmentFile segment = SegmentFor(length);
        long offset = segment.Length;
        (_pieces[0], _pieces[1], _pieces[2]) = (_header.AsMemory(0, headerLength), payload, Zeros.AsMemory(0, padding));
        segment.Append(_pieces, length);
        _frameNumber++;
        if (_digests is { } digests)
        {
            foreach (ReadOnlyMemory<byte> piece in _pieces)
                digests.Append(piece.Span);
            digests.EndFrame();
        }

        Volatile.Write(ref _frames, _frames + 1);
        Volatile.Write(ref _bytes, _bytes + length);
        synchronizer.NoteWritten(
            segment, frame.Stream, frame.FirstSequence + frame.Count, frame.StartedAt,
            new FramePlace(segment.Number, offset, segment.Length, _frameNumber));
    }

    /// <summary>Computes digests of the frames from now on.</summary>
    public void BeginDigests() => _digests = new FrameDigests();

    /// <summary>The number of the first frame of the digests, how many there are, and the digests. Ends them.</summary>
    public (long First, long Count, IReadOnlyList<string> Groups) EndDigests()
    {
        using FrameDigests digests = _digests!;
        _digests = null;
        return (_frameNumber - digests.Count + 1, digests.Count, digests.End());
    }

    /// <summary>Ends the segment.</summary>
    /// <exception cref="IOException">What it had reserved could not be given back; else it is ended nevertheless.</exception>
    public void End()
    {
        if (_segment is not { } last)
            return;
        _segment = null;
        try
        {
            last.Trim();
        }
        finally
        {
            synchronizer.NoteFull(last);
        }
    }

    public void Dispose() => _digests?.Dispose();

    private FrameHeader HeaderOf(DraftFrame frame, ReadOnlyMemory<byte> payload) => new()
    {
        Kind = frame.Kind,
        FrameNumber = _frameNumber + 1,
        Stream = frame.Stream.Identity,
        FirstSequence = frame.FirstSequence,
        Count = frame.Count,
        FirstInstructionCount = frame.FirstInstructionCount,
        LastInstructionCount = frame.LastInstructionCount,
        Time = frame.Time,
        LostBefore = frame.LostBefore,
        CodecId = frame.Stream.CodecId,
        IsCompressed = payload.Length < frame.Length,
        EncodedLength = frame.Length,
        PayloadLength = payload.Length,
        PayloadChecksum = Crc32C.Of(payload.Span),
    };

    private SegmentFile SegmentFor(int length)
    {
        if (_segment is { } current && current.Length + length <= current.Capacity)
            return current;
        // Whatever goes wrong here is tried again, without a second file.
        End();
        SegmentFile next = SegmentFile.Create(files, _nextSegment, Math.Max(segmentBytes, length));
        _nextSegment++;
        _segment = next;
        SegmentBegun?.Invoke();
        return next;
    }
}
