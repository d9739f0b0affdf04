using System.Buffers;
using Engine.Bus.Codecs;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Storage.Records;

namespace Engine.Storage.Subscriptions;

/// <summary>Handles the record of an event. To return is an ack, to throw a nack.</summary>
/// <param name="delivery">The event, and which delivery of it this is.</param>
/// <param name="cancellationToken">Cancelled when the consumer is to end.</param>
public delegate ValueTask StoredEventAction(EventDelivery delivery, CancellationToken cancellationToken);

/// <summary>An event that is delivered to somebody.</summary>
/// <param name="Event">The event, with its bytes as they are stored.</param>
/// <param name="Attempt">The number of the delivery, from 1.</param>
/// <param name="IsReplay">Whether it was published before and is shown again: effects on others are not wanted.</param>
public readonly record struct EventDelivery(StoredEvent Event, int Attempt = 1, bool IsReplay = false);

/// <summary>Stands on a bus for a record that is not decoded; the record is found by its id.</summary>
internal readonly record struct RawEvent : IEvent<RawEvent>
{
    public const string Topic = "storage.record";

    public static EventDescriptor Descriptor { get; } = new(Topic);

    public static EventVersions Versions { get; } = new EventVersionsBuilder().Add(new Codec()).Build();

    public static IncomingEvent For(StoredEvent item) => item.ToIncoming() with
    {
        Version = new EventVersion(Topic, 1),
        Payload = default,
        ContentType = null,
    };

    private sealed class Codec : IEventCodec<RawEvent>
    {
        public string ContentType => "application/octet-stream";

        public void Encode(in RawEvent @event, IBufferWriter<byte> output)
        {
        }

        public RawEvent Decode(in ReadOnlySequence<byte> payload) => default;
    }
}
