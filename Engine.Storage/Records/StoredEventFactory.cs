using System.Buffers;
using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Events;

namespace Engine.Storage.Records;

/// <summary>Makes records of events by their codecs, in one place for store, outbox and dead letters. Immutable and thread-safe.</summary>
/// <param name="versions">The event types and their codecs.</param>
/// <param name="source">The source of events whose publisher names none.</param>
/// <param name="timeProvider">The clock for events whose publisher names no time; null for the system's.</param>
public sealed class StoredEventFactory(EventVersions versions, string source, TimeProvider? timeProvider = null)
{
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;

    /// <summary>The event types and their codecs.</summary>
    public EventVersions Versions { get; } = versions ?? throw new ArgumentNullException(nameof(versions));

    /// <summary>Encodes an event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">What else is known of it; an id is made if there is none.</param>
    /// <exception cref="EventSerializationException">The type is not registered, or its codec failed.</exception>
    public StoredEvent Create<T>(in T @event, in EventIds ids = default)
        where T : IEvent<T>
    {
        var buffer = new ArrayBufferWriter<byte>();
        return Create(Versions.Encode(@event, buffer), buffer.WrittenMemory, ids);
    }

    /// <summary>Makes the record of an event that was encoded.</summary>
    internal StoredEvent Create(EncodedEvent encoded, ReadOnlyMemory<byte> data, in EventIds ids)
    {
        if (encoded.Outcome != EncodeOutcome.Encoded)
            throw new EventSerializationException(encoded);
        EventDetails? details = ids.Details;
        return new StoredEvent
        {
            Id = ids.Id == Guid.Empty ? Guid.CreateVersion7() : ids.Id,
            EventType = encoded.Version.EventName,
            Version = encoded.Version.Version,
            Data = data,
            ContentType = encoded.ContentType ?? StoredEvent.DefaultContentType,
            Timestamp = details?.OccurredAt ?? _timeProvider.GetUtcNow(),
            Source = details?.Source ?? source,
            Key = details?.Key,
            CorrelationId = ids.CorrelationId,
            CausationId = ids.CausationId,
            Metadata = details?.Metadata ?? new EventDetails().Metadata,
        };
    }
}

/// <summary>An event could not be turned into bytes; nothing was written.</summary>
/// <param name="encoded">What encoding came to.</param>
public sealed class EventSerializationException(EncodedEvent encoded)
    : InvalidOperationException($"The event was not encoded ({encoded.Outcome}): {encoded.Error?.Message}", encoded.Error)
{
    /// <summary>Why not.</summary>
    public EncodeOutcome Outcome { get; } = encoded.Outcome;
}
