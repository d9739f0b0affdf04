using System.Buffers;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>A frame on its way to the disk. One owner at a time: the stream that fills it, then the writer.</summary>
internal sealed class DraftFrame(JournalStream stream, long firstSequence, long instructionCount, long startedAt, DateTimeOffset time)
{
    private const int FirstBytes = 16 * 1024;

    // To compress larger frames of events as they lie in memory would cost more time than writing them.
    private const int MaxCompressedRawBytes = 64 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, stream.UsualFrameBytes));

    public JournalStream Stream => stream;

    public FrameKind Kind { get; init; } = FrameKind.Events;

    public long FirstSequence => firstSequence;

    public int Count { get; set; }

    public long FirstInstructionCount { get; } = instructionCount;

    public long LastInstructionCount { get; set; } = instructionCount;

    /// <summary>When it was begun, in timestamps of the monotonic clock.</summary>
    public long StartedAt => startedAt;

    public DateTimeOffset Time => time;

    public FrameLoss LostBefore { get; init; }

    /// <summary>Bytes of the events as they were encoded.</summary>
    public int Length { get; set; }

    /// <summary>What goes to the disk, once it is sealed.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Room behind what is there.</summary>
    /// <param name="length">How many bytes are needed.</param>
    public Span<byte> Room(int length)
    {
        if (_bytes.Length - Length < length)
            Grow(length);
        return _bytes.AsSpan(Length);
    }

    /// <summary>
    /// Compresses it where that makes it smaller, so that it takes no more memory while it waits than it will on the disk. Nothing is
    /// added any more.
    /// </summary>
    public void Seal()
    {
        stream.UsualFrameBytes = _bytes.Length;
        Payload = _bytes.AsMemory(0, Length);
        if (!IsWorthCompressing)
            return;
        ReadOnlySpan<byte> compressed = FrameCompression.Compress(Payload.Span, arePredicted: stream.CodecId != 0);
        if (compressed.Length >= Length)
            return;
        byte[] smaller = ArrayPool<byte>.Shared.Rent(compressed.Length);
        compressed.CopyTo(smaller);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = smaller;
        Payload = smaller.AsMemory(0, compressed.Length);
    }

    /// <summary>Gives its memory back. It must not be used any more.</summary>
    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Payload = default;
    }

    private bool IsWorthCompressing => Length > 0 && (stream.CodecId != 0 || Length <= MaxCompressedRawBytes);

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + length), 2 * _bytes.Length));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
