namespace Engine.Emulator.Memory;

public sealed unsafe partial class GuestMemory
{
    /// <summary>
    /// Copies what has changed since an image, on all processors: half of the time is what the system takes to give fresh pages.
    /// </summary>
    internal MemoryImage Capture(MemoryImage? before)
    {
        long length = (long)FrameCount << FrameShift;
        var pieces = new byte[]?[(length + MemoryImage.PieceSize - 1) / MemoryImage.PieceSize];
        Parallel.For(0, pieces.Length, index =>
        {
            ReadOnlySpan<byte> live = Piece(index);
            if (before?.Pieces[index] is byte[] known && live.SequenceEqual(known))
                pieces[index] = known;
            else if (live.ContainsAnyExcept((byte)0))
                live.CopyTo(pieces[index] = GC.AllocateUninitializedArray<byte>(live.Length));
        });
        return new MemoryImage(pieces);
    }

    /// <summary>Sets all of the memory to an image of it. Decoded code has to be dropped by the caller.</summary>
    internal void Restore(MemoryImage image)
    {
        Parallel.For(0, image.Pieces.Length, index =>
        {
            Span<byte> live = Piece(index);
            if (image.Pieces[index] is byte[] piece)
                piece.CopyTo(live);
            else if (live.ContainsAnyExcept((byte)0))
                live.Clear();
        });
    }

    private Span<byte> Piece(int index)
    {
        long start = (long)index * MemoryImage.PieceSize;
        long length = (long)FrameCount << FrameShift;
        return new Span<byte>(Host + start, (int)Math.Min(MemoryImage.PieceSize, length - start));
    }
}
