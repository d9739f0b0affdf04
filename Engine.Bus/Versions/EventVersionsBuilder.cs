using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engine.Bus.Codecs;
using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>Collects event types with their codecs, and the upcasters between versions of one event. Not thread-safe.</summary>
public sealed class EventVersionsBuilder
{
    private readonly Dictionary<Type, VersionNode> _nodes = [];

    /// <summary>Declares an event type without a codec: one that is only upcast, or only an end of an upcaster.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    public EventVersionsBuilder Add<T>()
        where T : IEvent<T>
    {
        NodeOf<T>();
        return this;
    }

    /// <summary>Declares an event type and how its bytes are written and read.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="codec">The codec.</param>
    /// <exception cref="InvalidOperationException">The event type has a codec or a decoder already.</exception>
    /// <exception cref="ArgumentException">The codec has no content type.</exception>
    public EventVersionsBuilder Add<T>(IEventCodec<T> codec)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentException.ThrowIfNullOrWhiteSpace(codec.ContentType);
        return SetCodec(codec);
    }

    /// <summary>Declares an event type that is written and read as JSON.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="json">How: best from a source-generated context, <c>MyContext.Default.OrderCreated</c>.</param>
    /// <exception cref="InvalidOperationException">The event type has a codec or a decoder already.</exception>
    public EventVersionsBuilder Add<T>(JsonTypeInfo<T> json)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(json);
        return SetCodec(new JsonEventCodec<T>(json));
    }

    /// <summary>Declares an event type that is written and read as JSON.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="context">Knows the type: <c>[JsonSerializable(typeof(OrderCreated))]</c>.</param>
    /// <exception cref="InvalidOperationException">The event type has a codec or a decoder already.</exception>
    /// <exception cref="ArgumentException">The context does not know the type.</exception>
    public EventVersionsBuilder Add<T>(JsonSerializerContext context)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetTypeInfo(typeof(T)) is JsonTypeInfo<T> json
            ? Add(json)
            : throw new ArgumentException(
                $"{context.GetType()} does not know {typeof(T)}; give it [JsonSerializable(typeof({typeof(T).Name}))].", nameof(context));
    }

    /// <summary>Declares an event type whose bytes are read and not written any more, as those of older versions.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="decode">Makes an event of the bytes of exactly one, and does not keep them.</param>
    /// <param name="contentType">What the bytes are.</param>
    /// <exception cref="InvalidOperationException">The event type has a codec or a decoder already.</exception>
    public EventVersionsBuilder AddDecoder<T>(Func<ReadOnlySpan<byte>, T> decode, string contentType = "application/octet-stream")
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(decode);
        ArgumentException.ThrowIfNullOrWhiteSpace(contentType);
        return SetCodec(new ReadOnlyCodec<T>(decode, contentType));
    }

    /// <summary>
    /// Declares two versions and the hop from one to the other, which must be the next. The upcaster must be pure: it depends
    /// on the event alone, changes nothing, and may run any number of times, on any thread. It may throw: an event from outside
    /// is then parked, and one on the bus stays what it is.
    /// </summary>
    /// <typeparam name="TFrom">A version.</typeparam>
    /// <typeparam name="TTo">The version after it.</typeparam>
    /// <param name="upcast">Makes the second of the first.</param>
    public EventVersionsBuilder AddUpcaster<TFrom, TTo>(EventTransform<TFrom, TTo> upcast)
        where TFrom : IEvent<TFrom>
        where TTo : IEvent<TTo>
    {
        ArgumentNullException.ThrowIfNull(upcast);
        VersionNode<TFrom> from = NodeOf<TFrom>();
        from.Hops.Add(new VersionHop<TFrom, TTo>(from, NodeOf<TTo>(), upcast));
        return this;
    }

    /// <summary>
    /// Checks that names are unique and that each event's versions form one chain without gaps to its newest, and composes the
    /// ways there.
    /// </summary>
    /// <exception cref="EventVersionException">They do not; the message names all problems.</exception>
    public EventVersions Build()
    {
        List<string> problems = VersionChainCheck.FindProblems(_nodes.Values);
        if (problems.Count > 0)
            throw new EventVersionException("The versions of events do not fit together: " + string.Join(" ", problems));
        var versions = new List<KnownVersion>();
        foreach (
            IGrouping<string, VersionNode> chain in _nodes.Values.GroupBy(static node => node.Version.EventName, StringComparer.Ordinal))
        {
            KnownVersion? known = null;
            foreach (VersionNode node in chain.OrderByDescending(static node => node.Version.Version))
                versions.Add(known = known is null ? node.Complete() : node.Hops[0].Complete(known));
        }

        return new EventVersions(versions);
    }

    private EventVersionsBuilder SetCodec<T>(IEventCodec<T> codec)
        where T : IEvent<T>
    {
        VersionNode<T> node = NodeOf<T>();
        if (node.Codec is not null)
        {
            string what = node.Codec is ReadOnlyCodec<T> ? "decoder" : "codec";
            throw new InvalidOperationException($"{node.Version} ({typeof(T)}) has a {what} already.");
        }

        node.Codec = codec;
        return this;
    }

    private VersionNode<T> NodeOf<T>()
        where T : IEvent<T>
    {
        if (!_nodes.TryGetValue(typeof(T), out VersionNode? node))
            _nodes.Add(typeof(T), node = new VersionNode<T>());
        return (VersionNode<T>)node;
    }
}
