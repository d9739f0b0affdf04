using System.Buffers.Binary;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>What a scan of a segment finds at a place.</summary>
internal enum ScanResult
{
    /// <summary>A good frame.</summary>
    Frame,

    /// <summary>Bytes that are no good frame, with a good one behind them.</summary>
    Damage,

    /// <summary>Nothing any more: the end of the file, or zeros that were reserved and never written.</summary>
    End,

    /// <summary>Bytes that are no good frame, with nothing good behind them: what was being written when the writer was killed.</summary>
    TornTail,
}

/// <summary>
/// Goes through the frames of a segment. A bad frame hides no good one behind it: the scan looks for the next header whose checksum is
/// right. Reads only; used by one thread.
/// </summary>
internal sealed class SegmentScanner : IDisposable
{
    private const int SearchBytes = 512 * 1024;

    private readonly SegmentWindow _window;
    private readonly FrameStreamCache _streams = new();

    public SegmentScanner(IJournalFiles files, long segment)
        : this(files, JournalDirectory.NameOf(segment))
    {
    }

    public SegmentScanner(IJournalFiles files, string name) => _window = new SegmentWindow(files.Open(name, writes: false));

    /// <summary>Bytes of the file, when the scan last looked.</summary>
    public long FileLength => _window.FileLength;

    /// <summary>Where the scan is: behind what it found last.</summary>
    public long Position { get; set; }

    /// <summary>The frame found last; of damage, what its header says where that can be read.</summary>
    public FrameHeader? Header { get; private set; }

    /// <summary>Where what was found last begins.</summary>
    public long FoundAt { get; private set; }

    /// <summary>The stored bytes of the frame found last; valid until the next one is.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Finds what comes next.</summary>
    /// <param name="reads">Whether the payload is read and compared with its checksum; otherwise headers alone are looked at.</param>
    public ScanResult Next(bool reads)
    {
        FoundAt = Position;
        Header = ReadHeader(Position);
        if (Header is { } header && IsWhole(Position, header, reads))
            return Take(header);
        // A writer may have gone on since this piece was read.
        _window.Refresh();
        Header = ReadHeader(Position);
        if (Header is { } again && IsWhole(Position, again, reads))
            return Take(again);
        if (Header is null && IsZeroFrom(Position))
            return ScanResult.End;
        FrameHeader? damaged = Header;
        long next = FindNext(damaged is null ? Position + 8 : Position + damaged.HeaderLength);
        Header = damaged;
        if (next < 0)
            return ScanResult.TornTail;
        Position = next;
        return ScanResult.Damage;
    }

    public void Dispose() => _window.Dispose();

    private ScanResult Take(FrameHeader header)
    {
        Position += header.FrameLength;
        return ScanResult.Frame;
    }

    private FrameHeader? ReadHeader(long position) =>
        FrameFormat.Read(_window.At(position, FrameFormat.MaxHeaderLength).Span, _streams);

    private bool IsWhole(long position, FrameHeader header, bool reads)
    {
        if (position + header.HeaderLength + header.PayloadLength > FileLength)
            return false;
        if (!reads)
            return true;
        Payload = _window.At(position + header.HeaderLength, header.PayloadLength);
        return Payload.Length == header.PayloadLength && Crc32C.Of(Payload.Span) == header.PayloadChecksum;
    }

    private bool IsZeroFrom(long position)
    {
        // A frame is never longer, so that zeros of this length are what was reserved.
        long end = Math.Min(FileLength, position + FrameFormat.MaxPayloadLength);
        while (position < end)
        {
            ReadOnlySpan<byte> bytes = _window.At(position, (int)Math.Min(SearchBytes, end - position)).Span;
            if (bytes.IsEmpty)
                break;
            if (bytes.ContainsAnyExcept((byte)0))
                return false;
            position += bytes.Length;
        }

        return true;
    }

    /// <returns>Where the next good frame begins; -1 if there is none.</returns>
    private long FindNext(long position)
    {
        while (position < FileLength)
        {
            long candidate = FindMagic(ref position);
            if (candidate < 0)
                continue;
            if ((candidate & 7) == 0 && ReadHeader(candidate) is { } header && IsWhole(candidate, header, reads: true))
                return candidate;
            position = candidate + 1;
        }

        return -1;
    }

    /// <returns>Where it is; -1 if it is not in this piece, and then <paramref name="position"/> is where to go on.</returns>
    private long FindMagic(ref long position)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, FrameFormat.Magic);
        ReadOnlySpan<byte> bytes = _window.At(position, (int)Math.Min(SearchBytes, FileLength - position)).Span;
        int found = bytes.IndexOf(magic);
        if (found >= 0)
            return position + found;
        // It may lie across two pieces.
        position = bytes.Length < SearchBytes ? FileLength : position + bytes.Length - (sizeof(uint) - 1);
        return -1;
    }
}
