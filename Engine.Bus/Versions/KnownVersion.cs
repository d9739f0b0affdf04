using System.Buffers;
using Engine.Bus.Codecs;
using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>
/// A version of an event: its codec, the way to the newest version, composed once into one delegate, and what failed. Codecs and
/// upcasters are foreign code: what they throw is counted, and comes out as an outcome.
/// </summary>
internal abstract class KnownVersion(EventVersion version, EventVersion newest, Type type)
{
    private long _encodeErrors;
    private long _decodeErrors;
    private long _upcastErrors;

    public EventVersion Version { get; } = version;

    public EventVersion Newest { get; } = newest;

    public Type Type { get; } = type;

    public bool IsCurrent => Version == Newest;

    /// <summary>What its bytes are; null if there is no codec.</summary>
    public abstract string? ContentType { get; }

    /// <summary>Subscribes to the version and publishes its events again as the newest; null for the newest itself.</summary>
    public abstract BusSubscription? Attach(EventBus bus);

    /// <summary>Decodes an event and shows it as the newest version.</summary>
    public abstract DecodeOutcome Read<TVisitor>(
        in ReadOnlySequence<byte> payload, string? contentType, ref TVisitor visitor, out Exception? error)
        where TVisitor : IEventVisitor, allows ref struct;

    /// <summary>Decodes an event, upcasts it if somebody wants that, and only then publishes it: wholly or not at all.</summary>
    public abstract DecodeOutcome Publish(EventBus bus, in IncomingEvent incoming, out PublishResult result);

    /// <summary>
    /// Decodes an event and delivers it to one subscription: as the newest version, or, if it does not take that, as it is.
    /// </summary>
    public abstract DecodeOutcome Deliver(
        EventBus bus, BusSubscription subscription, in IncomingEvent incoming, int attempt, out PublishResult result);

    public EventVersionStatistics GetStatistics() => new(
        Version,
        ContentType,
        Interlocked.Read(ref _encodeErrors),
        Interlocked.Read(ref _decodeErrors),
        Interlocked.Read(ref _upcastErrors));

    protected void CountEncodeError() => Interlocked.Increment(ref _encodeErrors);

    protected void CountDecodeError() => Interlocked.Increment(ref _decodeErrors);

    protected void CountUpcastError() => Interlocked.Increment(ref _upcastErrors);
}

/// <summary>A version whose type is known.</summary>
internal abstract class KnownVersion<TFrom>(EventVersion version, EventVersion newest, IEventCodec<TFrom>? codec)
    : KnownVersion(version, newest, typeof(TFrom))
    where TFrom : IEvent<TFrom>
{
    public override string? ContentType { get; } = codec?.ContentType;

    /// <summary>The version before it, with a hop to this one.</summary>
    public abstract KnownVersion<TEarlier> Prepend<TEarlier>(
        EventTransform<TEarlier, TFrom> hop, EventVersion version, IEventCodec<TEarlier>? codec)
        where TEarlier : IEvent<TEarlier>;

    /// <summary>The whole way, if it leads to the type.</summary>
    public abstract EventTransform<TFrom, TTo> Upcaster<TTo>()
        where TTo : IEvent<TTo>;

    public EncodedEvent Encode(in TFrom @event, IBufferWriter<byte> output)
    {
        if (codec is null or ReadOnlyCodec<TFrom>)
        {
            CountEncodeError();
            return new EncodedEvent(EncodeOutcome.NoEncoder, Version, ContentType, 0, new EventVersionException(
                $"There is no codec that writes {Version} ({typeof(TFrom)}); give one to EventVersionsBuilder.Add."));
        }

        StagedWriter? staged = null;
        try
        {
            staged = StagedWriter.Begin(output);
            codec.Encode(@event, staged);
            int count = staged.Commit();
            return new EncodedEvent(EncodeOutcome.Encoded, Version, ContentType, count, null);
        }
        catch (Exception exception)
        {
            staged?.Abandon();
            CountEncodeError();
            return new EncodedEvent(EncodeOutcome.Failed, Version, ContentType, 0, exception);
        }
    }

    protected bool TryDecode(in ReadOnlySequence<byte> payload, string? contentType, out TFrom @event, out Exception? error)
    {
        @event = default!;
        try
        {
            CheckContentType(contentType);
            @event = codec!.Decode(payload);
            error = @event is null ? new InvalidDataException($"The bytes of {Version} are those of a null.") : null;
        }
        catch (Exception exception)
        {
            error = exception;
        }

        if (error is not null)
            CountDecodeError();
        return error is null;
    }

    /// <summary>A content type without parameters such as the charset.</summary>
    private static ReadOnlySpan<char> MediaTypeOf(ReadOnlySpan<char> contentType)
    {
        int end = contentType.IndexOf(';');
        return (end < 0 ? contentType : contentType[..end]).Trim();
    }

    private void CheckContentType(string? contentType)
    {
        if (codec is null)
            throw new EventVersionException($"There is no codec that reads {Version}; give one to EventVersionsBuilder.Add or AddDecoder.");
        if (contentType is not null && !MediaTypeOf(contentType).Equals(MediaTypeOf(ContentType), StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"The bytes are {contentType}, and the codec of {Version} reads {ContentType}.");
    }
}
