namespace Engine.Emulator.Memory;

public sealed unsafe partial class GuestMemory
{
    private const uint EndOfFrames = uint.MaxValue;

    /// <summary>Writes all frames that are not zero.</summary>
    internal void Save(BinaryWriter writer)
    {
        for (uint frame = 0; frame < FrameCount; frame++)
        {
            ReadOnlySpan<byte> bytes = Frame(frame);
            if (!bytes.ContainsAnyExcept((byte)0))
                continue;
            writer.Write(frame);
            writer.Write(bytes);
        }

        writer.Write(EndOfFrames);
    }

    /// <summary>Sets all frames to what <see cref="Save"/> wrote. Decoded code has to be dropped by the caller.</summary>
    /// <exception cref="InvalidDataException">A frame does not exist.</exception>
    internal void Restore(BinaryReader reader)
    {
        uint next = 0;
        for (uint frame = reader.ReadUInt32(); frame != EndOfFrames; frame = reader.ReadUInt32())
        {
            if (frame < next || frame >= FrameCount)
                throw new InvalidDataException($"The snapshot holds frame {frame}, which this machine does not have.");
            ClearFrames(next, frame);
            reader.ReadExactly(Frame(frame));
            next = frame + 1;
        }

        ClearFrames(next, FrameCount);
    }

    private Span<byte> Frame(uint frame) => new(Host + ((ulong)frame << FrameShift), FrameSize);

    // Frames that are zero already are only read, so that memory the host never provided stays that way.
    private void ClearFrames(uint first, uint end)
    {
        for (uint frame = first; frame < end; frame++)
        {
            Span<byte> bytes = Frame(frame);
            if (bytes.ContainsAnyExcept((byte)0))
                bytes.Clear();
        }
    }
}
