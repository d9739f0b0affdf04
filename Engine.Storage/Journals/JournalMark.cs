using System.Buffers.Binary;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// A note of the last frame that is known to be durable, so that opening after a crash has to look at what came later only. It is a
/// hint: it is written after the frame was synchronized, so it is never ahead of the truth, and what it says is compared with the frame
/// itself; one that is old, damaged or gone costs time and nothing else. Two slots, written in turn, so that a torn one leaves the other.
/// </summary>
internal sealed class JournalMark : IDisposable
{
    public const string Name = "journal.mark";

    // How much has to be looked at when the power failed rather than the process: this, or what is in one segment.
    public const long SynchronizedEveryBytes = 16L << 20;
    public const long SynchronizedEveryFrames = 16_384;

    private const uint Magic = 0x314D4A45;
    private const ushort Version = 1;
    private const int SlotLength = 512;
    private const int UsedLength = 52;

    private readonly IJournalFile _file;
    private readonly byte[] _slot = new byte[SlotLength];
    private long _generation;
    private long _unsynchronized;
    private FramePlace _synchronized;

    private JournalMark(IJournalFile file, long generation) => (_file, _generation) = (file, generation);

    /// <summary>What the slots say, the latest first.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<(long Generation, FramePlace Place)> Read(IJournalFiles files)
    {
        var places = new List<(long Generation, FramePlace Place)>();
        try
        {
            using IJournalFile file = files.Open(Name, writes: false);
            byte[] slot = new byte[SlotLength];
            for (int i = 0; i < 2; i++)
            {
                if (file.Read(slot, i * SlotLength) >= UsedLength && Parse(slot) is { } entry)
                    places.Add(entry);
            }
        }
        catch (FileNotFoundException)
        {
            return places;
        }

        places.Sort(static (one, other) => other.Generation.CompareTo(one.Generation));
        return places;
    }

    /// <summary>Opens it for writing.</summary>
    /// <exception cref="IOException">It can be neither opened nor made.</exception>
    public static JournalMark Open(IJournalFiles files, long generation)
    {
        IJournalFile file;
        try
        {
            file = files.Open(Name, writes: true);
        }
        catch (FileNotFoundException)
        {
            file = files.Create(Name, 0);
        }

        return new JournalMark(file, generation);
    }

    /// <summary>Notes a frame that is durable.</summary>
    /// <param name="place">The frame.</param>
    /// <param name="bytes">Bytes that became durable with it.</param>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public void Write(in FramePlace place, long bytes)
    {
        Span<byte> slot = _slot;
        slot.Clear();
        _generation++;
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[4..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], _generation);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], place.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], place.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], place.End);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], place.FrameNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[48..], Crc32C.Of(slot[..48]));
        _file.Write([_slot.AsMemory()], (_generation & 1) * SlotLength);
        _unsynchronized += bytes;
        if (_unsynchronized < SynchronizedEveryBytes && place.Segment == _synchronized.Segment
            && place.FrameNumber < _synchronized.FrameNumber + SynchronizedEveryFrames)
            return;
        _file.Synchronize();
        (_unsynchronized, _synchronized) = (0, place);
    }

    public void Dispose() => _file.Dispose();

    private static (long Generation, FramePlace Place)? Parse(ReadOnlySpan<byte> slot)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(slot) != Magic || BinaryPrimitives.ReadUInt16LittleEndian(slot[4..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(slot[48..]) != Crc32C.Of(slot[..48]))
            return null;
        return (
            BinaryPrimitives.ReadInt64LittleEndian(slot[8..]),
            new FramePlace(
                BinaryPrimitives.ReadInt64LittleEndian(slot[16..]), BinaryPrimitives.ReadInt64LittleEndian(slot[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[32..]), BinaryPrimitives.ReadInt64LittleEndian(slot[40..])));
    }
}
