using System.Buffers;
using Engine.Events;

namespace Engine.Bus.Codecs;

/// <summary>What reads events of a type that nobody writes any more, such as an older version.</summary>
internal sealed class ReadOnlyCodec<T>(Func<ReadOnlySpan<byte>, T> decode, string contentType) : IEventCodec<T>
    where T : IEvent<T>
{
    public string ContentType => contentType;

    public void Encode(in T @event, IBufferWriter<byte> output) =>
        throw new NotSupportedException($"{typeof(T)} has a decoder only.");

    public T Decode(in ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment)
            return decode(payload.FirstSpan);
        byte[] copy = ArrayPool<byte>.Shared.Rent(checked((int)payload.Length));
        try
        {
            payload.CopyTo(copy);
            return decode(copy.AsSpan(0, (int)payload.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }
}
