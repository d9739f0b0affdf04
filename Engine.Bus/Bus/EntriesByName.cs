using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// The entries of a topic by the name that its events carry, so that a publish costs the same however many subscriptions there are
/// to other names. Immutable.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class EntriesByName<T>
    where T : IEvent<T>
{
    private readonly TopicEntry<T>[] _all;
    private readonly INamedFilter<T> _names;
    private readonly Dictionary<string, TopicEntry<T>[]> _byName;
    private readonly TopicEntry<T>[] _unnamed;

    private EntriesByName(TopicEntry<T>[] all, INamedFilter<T> names)
    {
        _all = all;
        _names = names;
        var unnamed = new List<TopicEntry<T>>();
        var byName = new Dictionary<string, List<TopicEntry<T>>>(StringComparer.Ordinal);
        foreach (TopicEntry<T> entry in all)
        {
            if (entry.Filter is INamedFilter<T> filter)
            {
                if (!byName.TryGetValue(filter.Name, out List<TopicEntry<T>>? named))
                    byName.Add(filter.Name, named = [.. unnamed]);
                named.Add(entry);
                continue;
            }

            // Those without a name get every event, in their place among the others.
            unnamed.Add(entry);
            foreach (List<TopicEntry<T>> named in byName.Values)
                named.Add(entry);
        }

        _unnamed = [.. unnamed];
        _byName = byName.ToDictionary(static name => name.Key, static name => name.Value.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>Sorts entries; null if none has a name.</summary>
    public static EntriesByName<T>? From(TopicEntry<T>[] all) =>
        all.Select(static entry => entry.Filter).OfType<INamedFilter<T>>().FirstOrDefault() is { } names ? new EntriesByName<T>(all, names) : null;

    /// <summary>The entries that may want an event, in the topic's order.</summary>
    public TopicEntry<T>[] For(in T @event)
    {
        string? name;
        try
        {
            name = _names.NameOf(@event);
        }
        catch (Exception)
        {
            // An event without a name that can be told goes to all: their filters ask it again, and report what it throws.
            return _all;
        }

        return name is not null && _byName.TryGetValue(name, out TopicEntry<T>[]? entries) ? entries : _unnamed;
    }
}
