using System.Diagnostics;
using Engine.Bus;
using Engine.Events;
using Engine.Storage.Records;

namespace Engine.Storage.Sourcing;

/// <summary>
/// An aggregate as it was loaded, and the events that were applied to it since and are not saved yet. To be used by one thread at a
/// time; several copies of one aggregate may be changed at once, and the second to be saved is a conflict.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Aggregate<TState>
{
    private readonly AggregateType<TState> _type;
    private readonly StoredEventFactory _events;
    private readonly List<StoredEvent> _unsaved = [];

    internal Aggregate(AggregateType<TState> type, StoredEventFactory events, string id, LoadedState<TState> loaded)
    {
        _type = type;
        _events = events;
        Id = id;
        Stream = type.StreamOf(id);
        State = loaded.State;
        Version = loaded.Version;
        SnapshotVersion = loaded.SnapshotVersion;
        ErasedCount = loaded.Erased;
        Erasures = loaded.Erasures;
    }

    /// <summary>What it is known by.</summary>
    public string Id { get; }

    /// <summary>Its stream in the store.</summary>
    public string Stream { get; }

    /// <summary>The state, unsaved events included.</summary>
    public TState State { get; private set; }

    /// <summary>The number of its latest stored event; 0 if there is none.</summary>
    public long Version { get; internal set; }

    /// <summary>Events of it that were passed over because their data are erased.</summary>
    public long ErasedCount { get; }

    /// <summary>Events that were applied and are not saved.</summary>
    public IReadOnlyList<StoredEvent> Unsaved => _unsaved;

    internal long SnapshotVersion { get; set; }

    internal long Erasures { get; }

    internal List<StoredEvent> UnsavedEvents => _unsaved;

    /// <summary>Applies an event: the state is the next one at once, and the event is stored by the next save.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">What else is known of it; the key is the aggregate's id unless something else is said.</param>
    /// <exception cref="InvalidOperationException">The aggregate has no function for the event type.</exception>
    /// <exception cref="EventSerializationException">It cannot be encoded; nothing has changed.</exception>
    public void Apply<T>(in T @event, in EventIds ids = default)
        where T : IEvent<T>
    {
        StoredEvent item = _events.Create(@event, ids);
        State = _type.Apply(State, @event);
        _unsaved.Add(item.Key is null && Id.Length <= EventLimits.MaxTextLength ? item with { Key = Id } : item);
    }

    /// <summary>Stream, version and what is not saved.</summary>
    public override string ToString() => $"{Stream} at {Version}, {_unsaved.Count} events not saved";
}

/// <summary>What loading came to.</summary>
internal readonly record struct LoadedState<TState>(
    TState State, long Version, long SnapshotVersion, long Erased, long Erasures);
