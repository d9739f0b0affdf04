using System.Collections.Immutable;
using Engine.Bus;

namespace Engine.Storage.Facade;

/// <summary>
/// Who is registered for which event types. A copy is made at each change, so whoever has looked goes on with what it saw. Thread-safe.
/// </summary>
/// <typeparam name="T">What is registered.</typeparam>
public class EventRegistry<T>
    where T : class, IRegistered
{
    private readonly Lock _lock = new();
    private ImmutableArray<Entry> _entries = [];
    private ImmutableSortedSet<string> _types = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Names and patterns that were declared or have somebody registered.</summary>
    public IReadOnlyCollection<string> EventTypes
    {
        get
        {
            lock (_lock)
                return _types.Union(_entries.Select(static entry => entry.Pattern.Text));
        }
    }

    /// <summary>Declares event types for which nobody is registered yet.</summary>
    /// <param name="eventTypes">Names or patterns.</param>
    /// <exception cref="FormatException">One is not a pattern; nothing was declared.</exception>
    public void Initialize(params IEnumerable<string> eventTypes)
    {
        ArgumentNullException.ThrowIfNull(eventTypes);
        string[] patterns = [.. eventTypes.Select(static type => EventNamePattern.Parse(type).Text)];
        lock (_lock)
            _types = _types.Union(patterns);
    }

    /// <summary>Those that are registered for an event type: by priority, and in the order of registration where it is equal.</summary>
    /// <param name="eventType">The name of an event.</param>
    /// <returns>A copy; empty if there is nobody. Who is registered for several patterns that match is there once.</returns>
    public IReadOnlyList<T> GetFor(string eventType)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        ImmutableArray<Entry> entries = Entries;
        return [.. entries.Where(entry => entry.Pattern.Matches(eventType)).Select(static entry => entry.Item).Distinct()];
    }

    /// <summary>Adds somebody.</summary>
    /// <exception cref="FormatException">The type is not a pattern.</exception>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    /// <exception cref="InvalidOperationException">The id is taken.</exception>
    internal void Add(string eventType, T item, int priority)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentException.ThrowIfNullOrWhiteSpace(item.Id, nameof(item));
        EventNamePattern pattern = EventNamePattern.Parse(eventType);
        lock (_lock)
        {
            foreach (Entry entry in _entries.Where(entry => entry.Item.Id == item.Id))
            {
                if (entry.Pattern.Text == pattern.Text)
                    throw new InvalidOperationException($"\"{item.Id}\" is registered for \"{pattern.Text}\" already.");
                if (!ReferenceEquals(entry.Item, item))
                    throw new InvalidOperationException($"Another one is registered as \"{item.Id}\", for \"{entry.Pattern.Text}\".");
            }

            int index = 0;
            while (index < _entries.Length && _entries[index].Priority >= priority)
                index++;
            _entries = _entries.Insert(index, new Entry(pattern, item, priority));
        }
    }

    /// <summary>Takes somebody out.</summary>
    /// <returns>Who it was; null if there was nobody.</returns>
    internal T? Remove(string eventType, string id)
    {
        lock (_lock)
        {
            Entry? found = _entries.FirstOrDefault(entry => entry.Pattern.Text == eventType && entry.Item.Id == id);
            if (found is null)
                return null;
            _entries = _entries.Remove(found);
            return found.Item;
        }
    }

    /// <summary>The ids, each with its patterns.</summary>
    internal IReadOnlyDictionary<string, string[]> PatternsById() =>
        Entries.GroupBy(static entry => entry.Item.Id).ToDictionary(
            static group => group.Key, static group => group.Select(static entry => entry.Pattern.Text).ToArray());

    internal T? Find(string id) => Entries.FirstOrDefault(entry => entry.Item.Id == id)?.Item;

    private ImmutableArray<Entry> Entries
    {
        get
        {
            lock (_lock)
                return _entries;
        }
    }

    private sealed record Entry(EventNamePattern Pattern, T Item, int Priority);
}

/// <summary>Who processes which event types.</summary>
public sealed class ProcessorRegistry : EventRegistry<IEventProcessor>
{
    /// <inheritdoc cref="EventRegistry{T}.GetFor"/>
    public IReadOnlyList<IEventProcessor> GetProcessorsForEventType(string eventType) => GetFor(eventType);
}

/// <summary>Who publishes which event types.</summary>
public sealed class PublisherRegistry : EventRegistry<IEventPublisher>
{
    /// <inheritdoc cref="EventRegistry{T}.GetFor"/>
    public IReadOnlyList<IEventPublisher> GetPublishersForEventType(string eventType) => GetFor(eventType);
}
