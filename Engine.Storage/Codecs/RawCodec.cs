using System.Runtime.InteropServices;
using Engine.Events;

namespace Engine.Storage.Codecs;

/// <summary>The events as they lie in memory, little-endian.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class RawCodec<T> : IJournalCodec<T>, IJournalEncoder<T>
    where T : unmanaged, IEvent<T>
{
    public static RawCodec<T> Instance { get; } = new();

    public int Id => 0;

    public int MaxLength(int count) => checked(count * Size);

    private static int Size => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

    // Without state, so that all may share one.
    public IJournalEncoder<T> CreateEncoder() => this;

    public void Begin()
    {
    }

    public int Encode(ReadOnlySpan<T> events, Span<byte> target)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(events);
        bytes.CopyTo(target);
        return bytes.Length;
    }

    public int End(Span<byte> target) => 0;

    public void Decode(ReadOnlySpan<byte> encoded, Span<T> events)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(events);
        if (encoded.Length != bytes.Length)
        {
            throw new InvalidDataException(
                $"A raw frame of {events.Length} events has {encoded.Length} bytes; {bytes.Length} were expected.");
        }

        encoded.CopyTo(bytes);
    }
}
