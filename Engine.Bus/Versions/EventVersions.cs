using System.Collections.Frozen;
using System.Globalization;

namespace Engine.Bus.Versions;

/// <summary>
/// The versions of events and the ways to the newest ones; made by <see cref="EventVersionsBuilder"/>. Immutable and
/// thread-safe.
/// </summary>
public sealed class EventVersions
{
    private readonly FrozenDictionary<Type, UpcastPath> _paths;
    private readonly FrozenDictionary<EventVersion, UpcastPath> _pathsByVersion;
    private readonly FrozenDictionary<string, int> _newest;

    internal EventVersions(Dictionary<Type, UpcastPath> paths)
    {
        _paths = paths.ToFrozenDictionary();
        _pathsByVersion = paths.Values.ToFrozenDictionary(static path => path.From);
        _newest = paths.Values.Where(static path => path.IsCurrent)
            .ToFrozenDictionary(static path => path.From.EventName, static path => path.From.Version, StringComparer.Ordinal);
    }

    /// <summary>All versions, by name and number.</summary>
    public IReadOnlyList<EventVersion> Known =>
        [.. _pathsByVersion.Keys.OrderBy(static v => v.EventName, StringComparer.Ordinal).ThenBy(static v => v.Version)];

    internal IEnumerable<UpcastPath> Paths => _paths.Values;

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
    public EventUpcaster<TFrom, TNewest> GetUpcaster<TFrom, TNewest>()
        where TFrom : IVersionedEvent<TFrom>
        where TNewest : IVersionedEvent<TNewest> =>
        _paths.TryGetValue(typeof(TFrom), out UpcastPath? path)
            ? ((UpcastPath<TFrom>)path).Upcaster<TNewest>()
            : throw new ArgumentException($"{typeof(TFrom)} ({TFrom.EventName} v{TFrom.Version}) is not among these versions; add it to the EventVersionsBuilder.");

    /// <summary>
    /// Makes handlers of the newest versions get events that are published as older ones, too. An older event is published
    /// again, on the publisher's thread, with its own ids, correlation and causation; handlers of the older version still
    /// get it as it was. Publishing of other events is not touched. To be called once per bus: a second time would publish everything twice.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="parking">Where events from outside go whose version is not known; by default a place of default size.</param>
    public VersionedBus Attach(EventBus bus, ParkedEvents? parking = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return new VersionedBus(this, bus, parking ?? new ParkedEvents());
    }

    internal UpcastPath? PathOf(EventVersion version) => _pathsByVersion.GetValueOrDefault(version);
}
