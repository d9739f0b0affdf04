namespace Engine.Emulator.Memory;

/// <summary>
/// The contents of a guest's memory at one moment, in pieces. What is zero takes no memory, and a piece that has not changed since the
/// image before is shared with it. Immutable.
/// </summary>
internal sealed class MemoryImage(byte[]?[] pieces)
{
    /// <summary>Bytes of a piece: so large that the collector does not move it.</summary>
    public const int PieceSize = 128 << 10;

    /// <summary>The pieces in order; null for zero.</summary>
    public byte[]?[] Pieces { get; } = pieces;

    /// <summary>Bytes of the pieces that another image does not have.</summary>
    public long BytesBeside(MemoryImage? other)
    {
        long bytes = 0;
        for (int index = 0; index < Pieces.Length; index++)
        {
            if (Pieces[index] is byte[] piece && piece != other?.Pieces[index])
                bytes += piece.Length;
        }

        return bytes;
    }
}
