using System.Buffers;
using System.Diagnostics;
using Engine.Bus.Versions;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Sourcing;

/// <summary>
/// Loads aggregates from their streams, with the help of snapshots, and saves what was applied to them. To load with snapshots gives
/// the same as to load without. All members are thread-safe.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class AggregateRepository<TState>
{
    private readonly SqlEventStore _store;
    private readonly StoredEventFactory _events;
    private readonly AggregateRepositoryOptions _options;
    private long _loads;
    private long _used;
    private long _rejected;
    private long _kept;
    private long _notKept;
    private long _applied;
    private long _conflicts;

    /// <summary>Makes a repository.</summary>
    /// <param name="store">Where the events are.</param>
    /// <param name="events">Makes records of events, and knows their codecs and versions.</param>
    /// <param name="type">The kind of aggregate.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">An option breaks a rule.</exception>
    public AggregateRepository(
        SqlEventStore store, StoredEventFactory events, AggregateType<TState> type, AggregateRepositoryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(type);
        _store = store;
        _events = events;
        _options = options ?? new AggregateRepositoryOptions();
        _options.Validate(store.Database);
        Type = type;
    }

    /// <summary>The kind of aggregate.</summary>
    public AggregateType<TState> Type { get; }

    private ISnapshotStore? Snapshots => Type.Snapshots is null ? null : _options.Snapshots;

    /// <summary>Loads an aggregate; one without events has the initial state and version 0.</summary>
    /// <param name="id">What it is known by.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AggregateLoadException">Events of it are trimmed, unreadable, or of a type that has no function.</exception>
    public async ValueTask<Aggregate<TState>> LoadAsync(string id, CancellationToken cancellationToken = default)
    {
        string stream = Type.StreamOf(id);
        EventStream known = await _store.FindStreamAsync(stream, cancellationToken).ConfigureAwait(false)
            ?? new EventStream(stream, 0, 0, null);
        var state = new LoadedState<TState>(Type.NewState(), 0, 0, 0, known.Erasures);
        if (known.Version > 0 && await FindSnapshotAsync(known, cancellationToken).ConfigureAwait(false) is { } snapshot)
            state = snapshot;
        StreamPage page;
        do
        {
            page = await _store.ReadStreamAsync(stream, state.Version + 1, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (page.Gap is { } gap)
            {
                throw new AggregateLoadException(
                    stream, gap.From, $"events {gap.From} to {gap.To} were trimmed, and no snapshot has what they said");
            }

            foreach (StoredEvent item in page.Events)
                state = Apply(state, item);
        }
        while (!page.IsLast);
        Interlocked.Increment(ref _loads);
        var aggregate = new Aggregate<TState>(Type, _events, id, state);
        await KeepSnapshotAsync(aggregate).ConfigureAwait(false);
        return aggregate;
    }

    /// <summary>
    /// Stores what was applied, if nobody has stored anything since the aggregate was loaded. After a conflict the aggregate is as it
    /// was before: load it anew and decide again. After an exception the same call may be made again; nothing is stored twice.
    /// </summary>
    /// <param name="aggregate">An aggregate of this kind.</param>
    /// <param name="cancellationToken">Gives up before it is queued for writing.</param>
    /// <exception cref="EventValidationException">An event breaks a rule; nothing was written.</exception>
    public async ValueTask<AggregateSaveResult> SaveAsync(Aggregate<TState> aggregate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (aggregate.UnsavedEvents.Count == 0)
            return new AggregateSaveResult(AggregateSaveOutcome.Unchanged, aggregate.Version);
        StreamAppendResult result = await AppendAsync(aggregate, cancellationToken).ConfigureAwait(false);
        switch (result.Outcome)
        {
            case StreamAppendOutcome.Conflict:
                Interlocked.Increment(ref _conflicts);
                return new AggregateSaveResult(AggregateSaveOutcome.Conflict, result.Version);
            case StreamAppendOutcome.Deleted:
                return new AggregateSaveResult(AggregateSaveOutcome.Deleted, result.Version);
            default:
                aggregate.UnsavedEvents.Clear();
                aggregate.Version = result.Version;
                await KeepSnapshotAsync(aggregate).ConfigureAwait(false);
                return new AggregateSaveResult(AggregateSaveOutcome.Saved, result.Version);
        }
    }

    /// <summary>Loads, has a decision applied and saves; after a conflict all of it again, up to a number of attempts.</summary>
    /// <param name="id">What the aggregate is known by.</param>
    /// <param name="decide">Applies events to the aggregate; may be called several times.</param>
    /// <param name="maxAttempts">Attempts, the first included; 1 or more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<AggregateSaveResult> ExecuteAsync(
        string id, Action<Aggregate<TState>> decide, int maxAttempts = 3, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decide);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        AggregateSaveResult result;
        int attempt = 0;
        do
        {
            Aggregate<TState> aggregate = await LoadAsync(id, cancellationToken).ConfigureAwait(false);
            decide(aggregate);
            result = await SaveAsync(aggregate, cancellationToken).ConfigureAwait(false);
            attempt++;
        }
        while (result.Outcome == AggregateSaveOutcome.Conflict && attempt < maxAttempts);
        return result;
    }

    /// <summary>What the repository did.</summary>
    public AggregateRepositoryStatistics GetStatistics() => new()
    {
        Loads = Interlocked.Read(ref _loads),
        SnapshotsUsed = Interlocked.Read(ref _used),
        SnapshotsRejected = Interlocked.Read(ref _rejected),
        SnapshotsKept = Interlocked.Read(ref _kept),
        SnapshotsNotKept = Interlocked.Read(ref _notKept),
        EventsApplied = Interlocked.Read(ref _applied),
        Conflicts = Interlocked.Read(ref _conflicts),
    };

    /// <summary>The kind of aggregate and the store.</summary>
    public override string ToString() => $"{Type.Name} of {_store}";

    private async ValueTask<StreamAppendResult> AppendAsync(Aggregate<TState> aggregate, CancellationToken cancellationToken)
    {
        ExpectedVersion expected = ExpectedVersion.Exactly(aggregate.Version);
        if (_options.Outbox is not { } outbox)
        {
            return await _store.AppendAsync(aggregate.Stream, expected, aggregate.UnsavedEvents, cancellationToken)
                .ConfigureAwait(false);
        }

        StoredEvent[] events = _store.Check(aggregate.Stream, aggregate.UnsavedEvents);
        foreach (StoredEvent item in events)
            outbox.Check(item);
        await _store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        StreamAppendResult result = await _store.Database.WriteAsync(
            "saving an aggregate", session =>
            {
                StreamAppendResult appended = _store.Append(session, aggregate.Stream, expected, events);
                if (appended.Outcome == StreamAppendOutcome.Appended)
                    Array.ForEach(events, item => outbox.Add(session, item));
                return appended;
            },
            cancellationToken).ConfigureAwait(false);
        if (result.Outcome == StreamAppendOutcome.Appended)
            outbox.Wake();
        return result;
    }

    private LoadedState<TState> Apply(LoadedState<TState> state, StoredEvent item)
    {
        if (item.IsErased)
            return state with { Version = item.StreamVersion, Erased = state.Erased + 1 };
        var visitor = new FoldVisitor<TState>(Type, state.State);
        DecodeOutcome outcome;
        Exception? error;
        try
        {
            outcome = _events.Versions.Read(
                item.EventVersion, new ReadOnlySequence<byte>(item.Data), ref visitor, out error, item.ContentType);
        }
        catch (Exception thrown)
        {
            throw new AggregateLoadException(item.Stream!, item.StreamVersion, $"{item} cannot be applied: {thrown.Message}", thrown);
        }

        if (outcome is not (DecodeOutcome.Current or DecodeOutcome.Upcast))
            throw new AggregateLoadException(item.Stream!, item.StreamVersion, $"{item} cannot be read: {outcome}", error);
        Interlocked.Increment(ref _applied);
        return state with { State = visitor.State, Version = item.StreamVersion };
    }

    /// <summary>The newest snapshot that fits; others are told of and passed over.</summary>
    private async ValueTask<LoadedState<TState>?> FindSnapshotAsync(EventStream known, CancellationToken cancellationToken)
    {
        long atMost = long.MaxValue;
        while (Snapshots is { } snapshots)
        {
            Snapshot? found;
            try
            {
                found = await snapshots.LoadAsync(known.Name, atMost, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                Interlocked.Increment(ref _rejected);
                var wanted = new Snapshot(known.Name, known.Version, Type.Snapshots!.SchemaVersion, default);
                Tell(wanted, SnapshotProblem.NotLoaded, error.Message);
                return null;
            }

            // A store that does not keep to the bound would be asked for ever.
            if (found is not { } snapshot || snapshot.Version > atMost)
                return null;
            if (TryRead(snapshot, known, out TState? state))
            {
                Interlocked.Increment(ref _used);
                return new LoadedState<TState>(state!, snapshot.Version, snapshot.Version, 0, known.Erasures);
            }

            Interlocked.Increment(ref _rejected);
            atMost = snapshot.Version - 1;
        }

        return null;
    }

    private bool TryRead(Snapshot snapshot, EventStream known, out TState? state)
    {
        state = default;
        SnapshotFormat<TState> format = Type.Snapshots!;
        if (snapshot.Version > known.Version)
            return Tell(snapshot, SnapshotProblem.AheadOfStream, $"the stream has version {known.Version}");
        if (snapshot.SchemaVersion != format.SchemaVersion)
        {
            return Tell(
                snapshot, SnapshotProblem.OtherSchema, $"it has schema {snapshot.SchemaVersion}, wanted is {format.SchemaVersion}");
        }

        try
        {
            state = format.Read(snapshot.Data);
            return true;
        }
        catch (Exception error)
        {
            return Tell(snapshot, SnapshotProblem.Unreadable, error.Message);
        }
    }

    /// <summary>A snapshot is a cache: that it cannot be kept must not make a load or a save fail.</summary>
    private async ValueTask KeepSnapshotAsync(Aggregate<TState> aggregate)
    {
        if (Snapshots is not { } snapshots || aggregate.Version - aggregate.SnapshotVersion < _options.SnapshotEvery)
            return;
        var snapshot = new Snapshot(aggregate.Stream, aggregate.Version, Type.Snapshots!.SchemaVersion, default)
        {
            Erasures = aggregate.Erasures,
        };
        try
        {
            var buffer = new ArrayBufferWriter<byte>();
            Type.Snapshots.Write(aggregate.State, buffer);
            if (await snapshots.SaveAsync(snapshot with { Data = buffer.WrittenMemory }).ConfigureAwait(false))
            {
                Interlocked.Increment(ref _kept);
                aggregate.SnapshotVersion = aggregate.Version;
            }
        }
        catch (Exception error)
        {
            Interlocked.Increment(ref _notKept);
            Tell(snapshot, SnapshotProblem.NotKept, error.Message);
        }
    }

    private bool Tell(Snapshot snapshot, SnapshotProblem problem, string text)
    {
        try
        {
            _options.OnNotice?.Invoke(new SnapshotNotice(snapshot.Stream, snapshot.Version, problem, text));
        }
        catch (Exception)
        {
            // Who is told has no say.
        }

        return false;
    }
}

/// <summary>What became of a save.</summary>
/// <param name="Outcome">Whether it was made.</param>
/// <param name="Version">The version that the stream has.</param>
public readonly record struct AggregateSaveResult(AggregateSaveOutcome Outcome, long Version);

/// <summary>Whether an aggregate was saved.</summary>
public enum AggregateSaveOutcome
{
    /// <summary>Its events are stored.</summary>
    Saved,

    /// <summary>There was nothing to save.</summary>
    Unchanged,

    /// <summary>Others have stored events of it since it was loaded; nothing was written.</summary>
    Conflict,

    /// <summary>Its stream was deleted; nothing was written.</summary>
    Deleted,
}

/// <summary>An aggregate could not be made from its events.</summary>
/// <param name="stream">Its stream.</param>
/// <param name="version">The event at which it ended.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="inner">What was thrown; null if nothing was.</param>
public sealed class AggregateLoadException(string stream, long version, string problem, Exception? inner = null)
    : InvalidOperationException($"Stream \"{stream}\" cannot be loaded at version {version}: {problem}.", inner)
{
    /// <summary>Its stream.</summary>
    public string Stream { get; } = stream;

    /// <summary>The event at which it ended.</summary>
    public long Version { get; } = version;
}
