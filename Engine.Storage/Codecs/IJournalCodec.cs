using Engine.Events;

namespace Engine.Storage.Codecs;

/// <summary>
/// Makes bytes of events and back, a frame at a time: what it knows of earlier events ends with the frame, so that each can be read
/// alone. Its bytes stay readable for ever; another way of encoding is another codec. The codec is shared; an encoder is used by one
/// thread at a time.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IJournalCodec<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>Says in each frame which codec reads it: 0 to 65,535; those below 256 are the engine's own.</summary>
    int Id { get; }

    /// <summary>Bytes that a number of events can take at most.</summary>
    int MaxLength(int count);

    /// <summary>Makes an encoder.</summary>
    IJournalEncoder<T> CreateEncoder();

    /// <summary>Decodes a frame.</summary>
    /// <param name="encoded">Its bytes, uncompressed.</param>
    /// <param name="events">Its events, as many as it says it has.</param>
    /// <exception cref="InvalidDataException">The bytes are not those of so many events.</exception>
    void Decode(ReadOnlySpan<byte> encoded, Span<T> events);
}

/// <summary>Encodes one frame after another.</summary>
/// <remarks>
/// Where a member throws, or says that it wrote more than there was room for, the frame is dropped and its events are lost by name.
/// </remarks>
/// <typeparam name="T">The event type.</typeparam>
public interface IJournalEncoder<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>Begins a frame.</summary>
    void Begin();

    /// <summary>Encodes events.</summary>
    /// <param name="events">The events; valid during the call only.</param>
    /// <param name="target">Where the bytes go: room for what the codec says these and those before can take.</param>
    /// <returns>Bytes written.</returns>
    int Encode(ReadOnlySpan<T> events, Span<byte> target);

    /// <summary>Ends the frame.</summary>
    /// <param name="target">Where the bytes go.</param>
    /// <returns>Bytes written.</returns>
    int End(Span<byte> target);
}
