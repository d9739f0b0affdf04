using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Bus.Codecs;
using Engine.Events;

namespace Engine.Storage.Codecs;

/// <summary>
/// An event's bytes as they lie in memory, little-endian: how events of a journal are shown where nothing else is asked for. Thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class LayoutEventCodec<T> : IEventCodec<T>
    where T : unmanaged, IEvent<T>
{
    private LayoutEventCodec()
    {
    }

    /// <summary>The codec.</summary>
    public static LayoutEventCodec<T> Instance { get; } = new();

    /// <inheritdoc/>
    public string ContentType => "application/vnd.engine.layout";

    /// <inheritdoc/>
    public void Encode(in T @event, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in @event)));
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">There are more or fewer bytes than an event has.</exception>
    public T Decode(in ReadOnlySequence<byte> payload)
    {
        if (payload.Length != Unsafe.SizeOf<T>())
        {
            throw new InvalidDataException(
                $"An event \"{T.Descriptor.Name}\" has {Unsafe.SizeOf<T>()} bytes in memory; these are {payload.Length}.");
        }

        T decoded = default;
        payload.CopyTo(MemoryMarshal.AsBytes(new Span<T>(ref decoded)));
        return decoded;
    }
}
