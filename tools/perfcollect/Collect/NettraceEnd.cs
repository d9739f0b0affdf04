using System.Buffers.Binary;
using System.Text;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// Completes an event file whose host ended without finishing its stream. Readers refuse a file that breaks off; here it
/// is cut after the last complete block and given the mark of the end.
/// </summary>
/// <remarks>
/// Layout, version 4: the magic and the serializer's name, then objects. Each is two begin tags, a null tag, version,
/// least reader version, name, an end tag, the body, an end tag. The body of the first, the trace's facts, has a fixed size; the others
/// are a length, padding to four bytes, and the block. A null tag ends the file.
/// </remarks>
internal static class NettraceEnd
{
    private const byte NullTag = 1;
    private const byte BeginTag = 5;
    private const byte EndTag = 6;
    private const int TraceFactsBytes = 48;
    private const int ObjectHeaderBytes = 15;
    private const int MaxNameBytes = 64;
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("Nettrace\x14\0\0\0!FastSerialization.1");

    /// <summary>Completes the file where needed. False when it holds no complete block, so that nothing can be kept.</summary>
    public static bool Ensure(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] magic = new byte[Magic.Length];
        if (file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.AsSpan().SequenceEqual(Magic))
            return false;
        long completeEnd = file.Position;
        int objects = 0;
        while (SkipObject(file, isFirst: objects == 0))
        {
            completeEnd = file.Position;
            objects++;
        }

        file.Position = completeEnd;
        if (file.ReadByte() != NullTag || file.Length != completeEnd + 1)
        {
            file.SetLength(completeEnd);
            file.Position = completeEnd;
            file.WriteByte(NullTag);
        }

        return objects > 1;
    }

    // Moves behind the next object; false when it is not complete, or the file's end.
    private static bool SkipObject(FileStream file, bool isFirst)
    {
        Span<byte> header = stackalloc byte[ObjectHeaderBytes];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || header[0] != BeginTag || header[1] != BeginTag || header[2] != NullTag)
            return false;
        int nameBytes = BinaryPrimitives.ReadInt32LittleEndian(header[11..]);
        if (nameBytes is < 1 or > MaxNameBytes)
            return false;
        file.Position += nameBytes + 1;
        long bodyBytes = TraceFactsBytes;
        if (!isFirst)
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            if (file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length)
                return false;
            bodyBytes = BinaryPrimitives.ReadInt32LittleEndian(length);
            file.Position = file.Position + 3 & ~3L;
        }

        if (bodyBytes < 0 || file.Position + bodyBytes >= file.Length)
            return false;
        file.Position += bodyBytes;
        return file.ReadByte() == EndTag;
    }
}
