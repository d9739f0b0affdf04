using System.Buffers;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>A frame on its way to the disk. One owner at a time: the stream that fills it, then the writer.</summary>
internal sealed class DraftFrame(JournalStream stream, long firstSequence, long instructionCount, long startedAt, DateTimeOffset time)
{
    private const int FirstBytes = 16 * 1024;

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

    public int Length { get; set; }

    public ReadOnlyMemory<byte> Encoded => _bytes.AsMemory(0, Length);

    /// <summary>Room behind what is there.</summary>
    /// <param name="length">How many bytes are needed.</param>
    public Span<byte> Room(int length)
    {
        if (_bytes.Length - Length < length)
            Grow(length);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Gives its memory back. It must not be used any more.</summary>
    public void Return()
    {
        stream.UsualFrameBytes = _bytes.Length;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + length), 2 * _bytes.Length));
        Encoded.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
