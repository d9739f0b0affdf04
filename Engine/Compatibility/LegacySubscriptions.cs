using System.Runtime.CompilerServices;
using Engine.Bus;

namespace Engine.Compatibility;

/// <summary>
/// The old handlers of one bus. All adapters of a bus share them, so that an adapter made for one call can end what
/// another one began. An old subscription is up to two of the bus: one for events of the old kind, whose id is the id of
/// both, and one for typed events of the same name. Thread-safe.
/// </summary>
internal sealed class LegacySubscriptions
{
    private static readonly ConditionalWeakTable<IEventBus, LegacySubscriptions> ByBus = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Entry> _entries = [];

    public static LegacySubscriptions Of(IEventBus bus) => ByBus.GetValue(bus, static _ => new LegacySubscriptions());

    public long Add(string eventType, BusSubscription main, BusSubscription? typed)
    {
        lock (_lock)
            _entries.Add(main.Id, new Entry(eventType, main, typed));
        return main.Id;
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

    /// <summary>Drops what was ended at the bus itself.</summary>
    private void Prune()
    {
        foreach ((long id, Entry entry) in _entries)
        {
            if (entry.Main.IsActive)
                continue;
            _entries.Remove(id);
            entry.Typed?.Dispose();
        }
    }

    private sealed record Entry(string EventType, BusSubscription Main, BusSubscription? Typed)
    {
        public void End()
        {
            Main.Dispose();
            Typed?.Dispose();
        }
    }
}
