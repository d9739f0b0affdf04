using System.Buffers.Binary;
using Engine.Storage.Frames;
using Microsoft.Win32.SafeHandles;

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
    private const int SearchBytes = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly byte[] _header = new byte[FrameFormat.MaxHeaderLength];
    private byte[] _payload = [];
    private byte[] _search = [];

    public SegmentScanner(string path)
    {
        // A writer may be at work, or take the end away.
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        FileLength = RandomAccess.GetLength(_file);
    }

    /// <summary>Bytes of the file, when it was opened.</summary>
    public long FileLength { get; private set; }

    /// <summary>Where the scan is: behind what it found last.</summary>
    public long Position { get; set; }

    /// <summary>The frame found last; of damage, what its header says where that can be read.</summary>
    public FrameHeader? Header { get; private set; }

    /// <summary>Where what was found last begins.</summary>
    public long FoundAt { get; private set; }

    /// <summary>The stored bytes of the frame found last; valid until the next one is.</summary>
    public ReadOnlyMemory<byte> Payload => _payload.AsMemory(0, Header!.PayloadLength);

    /// <summary>Finds what comes next.</summary>
    /// <param name="reads">Whether the payload is read and compared with its checksum; otherwise headers alone are looked at.</param>
    public ScanResult Next(bool reads)
    {
        FoundAt = Position;
        Header = ReadHeader(Position);
        if (Header is { } header && IsWhole(Position, header, reads))
        {
            Position += header.FrameLength;
            return ScanResult.Frame;
        }

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

    /// <summary>Looks whether the file has grown.</summary>
    public void Refresh() => FileLength = RandomAccess.GetLength(_file);

    public void Dispose() => _file.Dispose();

    private FrameHeader? ReadHeader(long position)
    {
        int length = ReadAt(_header, position);
        return FrameFormat.Read(_header.AsSpan(0, length));
    }

    private bool IsWhole(long position, FrameHeader header, bool reads)
    {
        if (position + header.HeaderLength + header.PayloadLength > FileLength)
            return false;
        if (!reads)
            return true;
        if (_payload.Length < header.PayloadLength)
            _payload = new byte[Math.Max(header.PayloadLength, 2 * _payload.Length)];
        Span<byte> payload = _payload.AsSpan(0, header.PayloadLength);
        return ReadAt(payload, position + header.HeaderLength) == payload.Length && Crc32C.Of(payload) == header.PayloadChecksum;
    }

    private bool IsZeroFrom(long position)
    {
        EnsureSearch();
        // A frame is never longer, so that zeros of this length are what was reserved.
        long end = Math.Min(FileLength, position + FrameFormat.MaxPayloadLength);
        while (position < end)
        {
            int length = ReadAt(_search.AsSpan(0, (int)Math.Min(_search.Length, end - position)), position);
            if (length == 0)
                break;
            if (_search.AsSpan(0, length).ContainsAnyExcept((byte)0))
                return false;
            position += length;
        }

        return true;
    }

    /// <returns>Where the next good frame begins; -1 if there is none.</returns>
    private long FindNext(long position)
    {
        EnsureSearch();
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, FrameFormat.Magic);
        while (position < FileLength)
        {
            int length = ReadAt(_search, position);
            for (int at = 0; at < length;)
            {
                int found = _search.AsSpan(at, length - at).IndexOf(magic);
                if (found < 0)
                    break;
                at += found;
                long candidate = position + at;
                if ((candidate & 7) == 0 && ReadHeader(candidate) is { } header && IsWhole(candidate, header, reads: true))
                    return candidate;
                at++;
            }

            if (length < _search.Length)
                break;
            // A magic number may lie across two pieces.
            position += length - 8;
        }

        return -1;
    }

    private void EnsureSearch()
    {
        if (_search.Length == 0)
            _search = new byte[SearchBytes];
    }

    private int ReadAt(Span<byte> target, long position)
    {
        int done = 0;
        while (done < target.Length)
        {
            int read = RandomAccess.Read(_file, target[done..], position + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }
}
