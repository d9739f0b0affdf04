using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics;
using Engine.Bus;
using Engine.Events;
using Engine.Storage.Records;

namespace Engine.Storage.Sourcing;

/// <summary>
/// A kind of aggregate: its name, the state it begins with, and for each event type the pure function from a state and an event to the
/// next state; made by an <see cref="AggregateTypeBuilder{TState}"/>. Immutable and thread-safe.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class AggregateType<TState>
{
    private readonly FrozenDictionary<Type, Delegate> _folds;
    private readonly Func<TState> _initial;

    internal AggregateType(string name, Func<TState> initial, Dictionary<Type, Delegate> folds, SnapshotFormat<TState>? snapshots)
    {
        Name = name;
        _initial = initial;
        _folds = folds.ToFrozenDictionary();
        Snapshots = snapshots;
    }

    /// <summary>Its name: streams are called by it and the id.</summary>
    public string Name { get; }

    /// <summary>How states become bytes; null where there are no snapshots.</summary>
    internal SnapshotFormat<TState>? Snapshots { get; }

    /// <summary>The stream of an aggregate.</summary>
    /// <param name="id">What the aggregate is known by.</param>
    public string StreamOf(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        string stream = $"{Name}-{id}";
        EventValidation.ThrowIfNoStream(stream);
        return stream;
    }

    /// <summary>The next state.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="state">The state.</param>
    /// <param name="event">The event.</param>
    /// <exception cref="InvalidOperationException">There is no function for the event type.</exception>
    public TState Apply<T>(TState state, in T @event)
        where T : IEvent<T> =>
        _folds.TryGetValue(typeof(T), out Delegate? fold)
            ? ((Func<TState, T, TState>)fold)(state, @event)
            : throw new InvalidOperationException(
                $"Aggregate \"{Name}\" does not say what {T.Descriptor.Name} ({typeof(T)}) changes; give it a function by On.");

    internal TState NewState() => _initial();

    /// <summary>The name and the number of event types.</summary>
    public override string ToString() => $"{Name}: {_folds.Count} event types";
}

/// <summary>Makes a kind of aggregate. To be used by one thread.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="name">Its name; 1 to 100 characters, and the same for good.</param>
/// <param name="initial">The state of an aggregate without events; a new one each time if it can be changed.</param>
public sealed class AggregateTypeBuilder<TState>(string name, Func<TState> initial)
{
    private const int MaxNameLength = 100;

    private readonly Dictionary<Type, Delegate> _folds = [];
    private SnapshotFormat<TState>? _snapshots;

    /// <summary>Says what an event type changes.</summary>
    /// <typeparam name="T">The event type; the newest version, if there are several.</typeparam>
    /// <param name="fold">The next state from a state and an event: a pure function, for it runs at each load again.</param>
    /// <exception cref="ArgumentException">The event type has a function already.</exception>
    public AggregateTypeBuilder<TState> On<T>(Func<TState, T, TState> fold)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(fold);
        if (!_folds.TryAdd(typeof(T), fold))
            throw new ArgumentException($"{T.Descriptor.Name} ({typeof(T)}) has a function already.", nameof(fold));
        return this;
    }

    /// <summary>Has states kept as snapshots.</summary>
    /// <param name="schemaVersion">
    /// The version of the state's meaning, from 1: raise it when the state or what events change in it is another, and snapshots from
    /// before are made anew from the events.
    /// </param>
    /// <param name="write">Writes a state.</param>
    /// <param name="read">Reads one. What it throws makes the state be made from the events.</param>
    public AggregateTypeBuilder<TState> WithSnapshots(
        int schemaVersion, Action<TState, IBufferWriter<byte>> write, Func<ReadOnlyMemory<byte>, TState> read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(schemaVersion, 1);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        _snapshots = new SnapshotFormat<TState>(schemaVersion, write, read);
        return this;
    }

    /// <summary>Has states kept as snapshots in JSON.</summary>
    /// <param name="schemaVersion">As in the other overload.</param>
    /// <param name="json">The state's description, from a source-generated context.</param>
    public AggregateTypeBuilder<TState> WithSnapshots(
        int schemaVersion, System.Text.Json.Serialization.Metadata.JsonTypeInfo<TState> json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return WithSnapshots(
            schemaVersion,
            (state, output) =>
            {
                using var writer = new System.Text.Json.Utf8JsonWriter(output);
                System.Text.Json.JsonSerializer.Serialize(writer, state, json);
            },
            data => System.Text.Json.JsonSerializer.Deserialize(data.Span, json)
                ?? throw new InvalidDataException("The snapshot is a null."));
    }

    /// <summary>Makes it.</summary>
    /// <exception cref="ArgumentException">The name is empty or too long, or there is no event type.</exception>
    public AggregateType<TState> Build()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(initial);
        if (name.Length > MaxNameLength)
            throw new ArgumentException($"The name of an aggregate must have at most {MaxNameLength} characters; this has {name.Length}.");
        if (_folds.Count == 0)
            throw new ArgumentException($"Aggregate \"{name}\" needs at least one event type; got none.");
        return new AggregateType<TState>(name, initial, _folds, _snapshots);
    }
}

/// <summary>How states become bytes.</summary>
internal sealed record SnapshotFormat<TState>(
    int SchemaVersion, Action<TState, IBufferWriter<byte>> Write, Func<ReadOnlyMemory<byte>, TState> Read);

/// <summary>Makes the next state from an event whose type only the codec knows.</summary>
internal struct FoldVisitor<TState>(AggregateType<TState> type, TState state) : IEventVisitor
{
    public TState State { get; private set; } = state;

    public void Visit<T>(in T @event)
        where T : IEvent<T> => State = type.Apply(State, @event);
}
