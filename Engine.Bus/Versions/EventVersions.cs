using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>
/// All event types that become bytes or come from bytes, by name and version, each with its codec and the way to the newest
/// version; made by an <see cref="EventVersionsBuilder"/>. A type without version is version 1 of its name. Immutable apart
/// from the counts of errors, and thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class EventVersions
{
    private readonly FrozenDictionary<Type, KnownVersion> _byType;
    private readonly FrozenDictionary<EventVersion, KnownVersion> _byVersion;
    private readonly FrozenDictionary<string, int> _newest;

    internal EventVersions(IReadOnlyCollection<KnownVersion> versions)
    {
        _byType = versions.ToFrozenDictionary(static known => known.Type);
        _byVersion = versions.ToFrozenDictionary(static known => known.Version);
        _newest = versions.Where(static known => known.IsCurrent)
            .ToFrozenDictionary(static known => known.Version.EventName, static known => known.Version.Version, StringComparer.Ordinal);
    }

    /// <summary>All versions, by name and number.</summary>
    public IReadOnlyList<EventVersion> Known => [.. InOrder().Select(static known => known.Version)];

    /// <summary>The names of all events, in order.</summary>
    public IReadOnlyList<string> EventNames => [.. _newest.Keys.Order(StringComparer.Ordinal)];

    internal IEnumerable<KnownVersion> All => _byType.Values;

    /// <summary>The name that the descriptor of an older version has to have.</summary>
    /// <param name="eventName">The name that all versions share.</param>
    /// <param name="version">The version.</param>
    public static string DescriptorName(string eventName, int version) =>
        string.Create(CultureInfo.InvariantCulture, $"{eventName}.v{version}");

    /// <summary>The newest version of an event; null if the name is not known.</summary>
    /// <param name="eventName">The name that all versions share.</param>
    public int? NewestVersionOf(string eventName) => _newest.TryGetValue(eventName, out int version) ? version : null;

    /// <summary>The whole way from a version to the newest, as one delegate. Keep it: finding it takes two look-ups.</summary>
    /// <typeparam name="TFrom">A version.</typeparam>
    /// <typeparam name="TNewest">The newest version; for it the delegate returns the event itself.</typeparam>
    /// <exception cref="ArgumentException">The first is not known, or the second is not its newest version.</exception>
    public EventTransform<TFrom, TNewest> GetUpcaster<TFrom, TNewest>()
        where TFrom : IEvent<TFrom>
        where TNewest : IEvent<TNewest> =>
        _byType.TryGetValue(typeof(TFrom), out KnownVersion? known)
            ? ((KnownVersion<TFrom>)known).Upcaster<TNewest>()
            : throw new ArgumentException(UnknownType<TFrom>());

    /// <summary>
    /// Writes an event in its own version. Allocates nothing of its own. What the codec throws is counted and comes out in the
    /// result; then the output is as it was.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="output">Where its bytes go: into the memory it offers, without a copy where they fit.</param>
    public EncodedEvent Encode<T>(in T @event, IBufferWriter<byte> output)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(output);
        return _byType.TryGetValue(typeof(T), out KnownVersion? known)
            ? ((KnownVersion<T>)known).Encode(@event, output)
            : new EncodedEvent(EncodeOutcome.UnknownType, default, null, 0, new EventVersionException(UnknownType<T>()));
    }

    /// <summary>What encodes an event whose type only its holder knows: hand it to the holder's <c>Accept</c>.</summary>
    /// <param name="output">Where the bytes go.</param>
    internal EventEncoder EncodeTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return new EventEncoder(this, output);
    }

    /// <summary>
    /// Reads an event and shows it as the newest version of its name. What codec and upcasters throw is counted and comes out
    /// as an outcome; what the visitor throws comes through.
    /// </summary>
    /// <typeparam name="TVisitor">Who wants the event.</typeparam>
    /// <param name="version">Which event it is, in which version.</param>
    /// <param name="payload">The bytes of exactly one event; not kept.</param>
    /// <param name="visitor">Is shown the event, at most once.</param>
    /// <param name="error">What was thrown; null if nothing was.</param>
    /// <param name="contentType">What the bytes are, if that is known: where the codec reads something else they are unreadable.</param>
    public DecodeOutcome Read<TVisitor>(
        EventVersion version,
        in ReadOnlySequence<byte> payload,
        ref TVisitor visitor,
        out Exception? error,
        string? contentType = null)
        where TVisitor : IEventVisitor, allows ref struct
    {
        error = null;
        return Find(version, out DecodeOutcome outcome) is { } known
            ? known.Read(payload, contentType, ref visitor, out error)
            : outcome;
    }

    /// <summary>
    /// Makes handlers of the newest versions get events that are published as older ones, too. An older event is published
    /// again, on the publisher's thread, with its own ids, correlation and causation; handlers of the older version still
    /// get it as it was. Publishing of other events is not touched. A second time would publish everything twice, and is refused
    /// until the first has been disposed of.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="parking">Where events from outside go that cannot be published; by default a place of default size.</param>
    /// <exception cref="InvalidOperationException">A version is upcast on that bus already.</exception>
    public VersionedBus Attach(EventBus bus, ParkedEvents? parking = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return new VersionedBus(this, bus, parking ?? new ParkedEvents());
    }

    /// <summary>Says what failed, for each version, by name and number.</summary>
    public IReadOnlyList<EventVersionStatistics> GetStatistics() => [.. InOrder().Select(static known => known.GetStatistics())];

    /// <summary>How many events and versions there are.</summary>
    public override string ToString() => $"{_newest.Count} events in {_byVersion.Count} versions";

    /// <summary>What is known of a version; null, and why, if it is none.</summary>
    internal KnownVersion? Find(EventVersion version, out DecodeOutcome outcome)
    {
        // The name of a default value is null.
        bool isKnownEvent = version.EventName is not null && _newest.ContainsKey(version.EventName);
        outcome = isKnownEvent ? DecodeOutcome.UnknownVersion : DecodeOutcome.UnknownEvent;
        return isKnownEvent ? _byVersion.GetValueOrDefault(version) : null;
    }

    private static string UnknownType<T>()
        where T : IEvent<T> =>
        $"{typeof(T)} ({T.EventName} v{T.Version}) is not among these versions; add it to the EventVersionsBuilder.";

    private IOrderedEnumerable<KnownVersion> InOrder() =>
        _byType.Values.OrderBy(
            static known => known.Version.EventName, StringComparer.Ordinal).ThenBy(static known => known.Version.Version);
}
