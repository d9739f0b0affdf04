namespace Engine.Storage.Frames;

/// <summary>
/// The streams of the latest frames, so that a frame of one of them needs no texts of its own. Used by one thread.
/// </summary>
internal sealed class FrameStreamCache
{
    private const int Size = 16;

    private readonly (byte[] Texts, FrameStream Stream)[] _entries = new (byte[], FrameStream)[Size];
    private int _count;
    private int _next;

    /// <summary>The stream with these numbers and texts; null if it is not known.</summary>
    /// <param name="lengths">The lengths of its texts, as a header has them.</param>
    /// <param name="texts">The texts, as a header has them.</param>
    /// <param name="session">The session.</param>
    /// <param name="eventSize">Bytes of an event.</param>
    /// <param name="producerId">The producer's number.</param>
    public FrameStream? Find(ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> texts, long session, int eventSize, int producerId)
    {
        foreach ((byte[] known, FrameStream stream) in _entries.AsSpan(0, _count))
        {
            if (stream.Session == session && stream.ProducerId == producerId && stream.EventSize == eventSize
                && known.AsSpan().StartsWith(lengths) && known.AsSpan(lengths.Length).SequenceEqual(texts))
                return stream;
        }

        return null;
    }

    /// <summary>Remembers a stream.</summary>
    public void Add(ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> texts, FrameStream stream)
    {
        _entries[_next] = ([.. lengths, .. texts], stream);
        _next = (_next + 1) % Size;
        _count = Math.Min(_count + 1, Size);
    }
}
