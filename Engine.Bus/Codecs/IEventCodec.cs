using System.Buffers;
using Engine.Events;

namespace Engine.Bus.Codecs;

/// <summary>
/// Makes bytes of events of one type, and events of bytes. Must be thread-safe, and must not keep what it is given. May throw:
/// then the event counts as one that cannot be encoded or decoded, and nothing of it reaches the output.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IEventCodec<T>
    where T : IEvent<T>
{
    /// <summary>What the bytes are, as a MIME type: <c>application/json</c>.</summary>
    string ContentType { get; }

    /// <summary>Writes an event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="output">Where its bytes go.</param>
    void Encode(in T @event, IBufferWriter<byte> output);

    /// <summary>
    /// Reads an event. What is not exactly one event it refuses by an exception, bytes that are left over too. A null is no
    /// event.
    /// </summary>
    /// <param name="payload">The bytes of exactly one event; valid during the call.</param>
    T Decode(in ReadOnlySequence<byte> payload);
}
