using System.Buffers.Text;
using System.Text;

namespace Engine.Gateway.Frames;

/// <summary>Writes an event as a block of a stream: id, event, data and the empty line.</summary>
internal static class FrameBlock
{
    private const int MaxIdBytes = 20 + StreamCursor.MaxEpochLength + 16;

    /// <summary>The block of an event.</summary>
    /// <param name="epoch">The history's epoch, in ASCII.</param>
    /// <param name="sequence">The event's sequence.</param>
    /// <param name="draft">The event.</param>
    /// <param name="envelopeStart">Where its JSON begins.</param>
    public static byte[] Of(ReadOnlySpan<byte> epoch, long sequence, in FrameDraft draft, out int envelopeStart)
    {
        Span<byte> id = stackalloc byte[MaxIdBytes];
        int length = Add(id, 0, "id: "u8);
        length = Add(id, length, epoch);
        length = Add(id, length, ":"u8);
        Utf8Formatter.TryFormat(sequence, id[length..], out int digits);
        length = Add(id, length + digits, "\nevent: "u8);
        byte[] block = new byte[length + draft.Type.Length + "\ndata: "u8.Length + draft.Envelope.Length + 2];
        int at = Add(block, 0, id[..length]);
        at += Encoding.ASCII.GetBytes(draft.Type, block.AsSpan(at));
        envelopeStart = at = Add(block, at, "\ndata: "u8);
        at = Add(block, at, draft.Envelope.Span);
        Add(block, at, "\n\n"u8);
        return block;
    }

    private static int Add(Span<byte> target, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }
}
