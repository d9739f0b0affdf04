using System.Runtime.CompilerServices;
using Engine.Bus;

namespace Engine.Compatibility;

/// <summary>
/// The old handlers of one bus. All adapters of a bus share them, so that an adapter made for one call can end what
/// another one began. An old subscription is several of the bus: one for events of the old kind, whose id is the id of
/// all, one for typed events of the same name if there can be any, and at an asynchronous bus one for events that are
/// published synchronously. Thread-safe.
/// </summary>
internal sealed class LegacySubscriptions
{
    private static readonly ConditionalWeakTable<IEventBus, LegacySubscriptions> ByBus = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Entry> _entries = [];

    public static LegacySubscriptions Of(IEventBus bus) => ByBus.GetValue(bus, static _ => new LegacySubscriptions());

    /// <param name="eventType">The name.</param>
    /// <param name="parts">The subscriptions of the bus, the one whose id is the id of all first.</param>
    /// <param name="isAsync">Whether an asynchronous bus made it.</param>
    public long Add(string eventType, IReadOnlyList<BusSubscription> parts, bool isAsync)
    {
        lock (_lock)
            _entries.Add(parts[0].Id, new Entry(eventType, parts, isAsync));
        return parts[0].Id;
    }

    /// <summary>The ids of all parts of the subscriptions that asynchronous buses made.</summary>
    public HashSet<long> AsyncParts()
    {
        lock (_lock)
        {
            Prune();
            return
            [
                .. _entries.Values.Where(static entry => entry.IsAsync)
                    .SelectMany(static entry => entry.Parts)
                    .Select(static part => part.Id),
            ];
        }
    }

    public int Count(string? eventType)
    {
        lock (_lock)
        {
            Prune();
            return _entries.Values.Count(entry => eventType is null || entry.EventType == eventType);
        }
    }

    /// <summary>Ends a subscription, if there is one of that id and, where a name is given, for that name.</summary>
    public bool Remove(long id, string? eventType)
    {
        Entry? entry;
        lock (_lock)
        {
            Prune();
            if (!_entries.TryGetValue(id, out entry) || (eventType is not null && entry.EventType != eventType))
                return false;
            _entries.Remove(id);
        }

        // Outside the lock: this waits for a running handler, which may itself subscribe.
        entry.End();
        return true;
    }

    /// <summary>Drops what was ended at the bus itself; that no longer calls its handler.</summary>
    private void Prune()
    {
        foreach ((long id, Entry entry) in _entries)
        {
            if (entry.Parts[0].IsActive)
                continue;
            _entries.Remove(id);
            entry.End();
        }
    }

    private sealed record Entry(string EventType, IReadOnlyList<BusSubscription> Parts, bool IsAsync)
    {
        public void End()
        {
            foreach (BusSubscription part in Parts)
                part.Dispose();
        }
    }
}
