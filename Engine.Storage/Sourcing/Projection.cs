using System.Data.Common;
using System.Diagnostics;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Sourcing;

/// <summary>
/// Keeps what follows from the events of a store in the caller's own tables of the same database: events and the place behind them are
/// committed together, so each event is applied exactly once, also over a crash. All members are thread-safe; several processes may run
/// one projection, and one at a time works.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Projection
{
    private readonly SqlEventStore _store;
    private readonly EventFilter _filter;
    private readonly ProjectionAction _apply;
    private readonly ProjectionOptions _options;

    /// <summary>Makes a projection. Nothing is read before it is run.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">What it is known by over restarts.</param>
    /// <param name="topics">Names or patterns of the events.</param>
    /// <param name="apply">Applies an event.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    public Projection(
        SqlEventStore store, string name, IEnumerable<string> topics, ProjectionAction apply, ProjectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(topics);
        ArgumentNullException.ThrowIfNull(apply);
        _store = store;
        _filter = EventFilter.OfTypes(topics);
        _apply = apply;
        _options = options ?? new ProjectionOptions();
        _options.Validate();
        Name = name;
    }

    private enum StepOutcome
    {
        Applied,
        Nothing,
        Changed,
    }

    /// <summary>What it is known by.</summary>
    public string Name { get; }

    private StorageDatabase Database => _store.Database;

    /// <summary>Applies what is there and what comes, until the token is cancelled.</summary>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ProjectionException">An event could not be applied; nothing of its step was committed.</exception>
    /// <exception cref="StorageException">The database failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                await CatchUpAsync(cancellationToken).ConfigureAwait(false);
                ProjectionStatus status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
                await _store.WaitForTailAsync(status.Position, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As asked for.
        }
    }

    /// <summary>Applies what is there.</summary>
    /// <param name="cancellationToken">Ends the call; what was committed stays.</param>
    /// <returns>Events that this call applied.</returns>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<long> CatchUpAsync(CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        using SqlSession session = Open();
        long applied = 0;
        while (true)
        {
            int generation = await GenerationAsync(session, cancellationToken).ConfigureAwait(false);
            (StepOutcome outcome, int count) = await StepAsync(session, generation, isActive: true, cancellationToken)
                .ConfigureAwait(false);
            applied += count;
            if (outcome == StepOutcome.Nothing)
                return applied;
        }
    }

    /// <summary>
    /// Builds the next generation from the beginning, beside the one in use, and switches to it when it has caught up. One that was
    /// broken off begins anew with the next call.
    /// </summary>
    /// <param name="cancellationToken">Gives up; the generation in use stays in use.</param>
    /// <returns>The generation that is in use from now on.</returns>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<int> RebuildAsync(CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        using SqlSession session = Open();
        int active = await GenerationAsync(session, cancellationToken).ConfigureAwait(false);
        int next = active + 1;
        await PrepareAsync(session, next, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            (StepOutcome outcome, _) = await StepAsync(session, next, isActive: false, cancellationToken).ConfigureAwait(false);
            // Also where its place is gone, which is so when somebody else has switched to a later one.
            if (outcome != StepOutcome.Applied && await TrySwitchAsync(session, active, next).ConfigureAwait(false))
                return next;
        }
    }

    /// <summary>Where it is.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ProjectionStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        List<(long Tail, long Generation, long Position)> rows = await Database.QueryAsync(
            "reading the place of a projection",
            "SELECT s.last_sequence, COALESCE(p.generation, 1), COALESCE(c.sequence, 0) FROM store_state AS s "
            + "LEFT JOIN projections AS p ON p.name = @name "
            + "LEFT JOIN checkpoints AS c ON c.subscription = @prefix || CAST(COALESCE(p.generation, 1) AS TEXT) WHERE s.id = 1",
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), [("name", Name), ("prefix", PlaceOf(null))],
            cancellationToken).ConfigureAwait(false);
        return new ProjectionStatus((int)rows[0].Generation, rows[0].Position, rows[0].Tail);
    }

    /// <summary>The name.</summary>
    public override string ToString() => $"projection \"{Name}\" of {_store}";

    private string PlaceOf(int? generation) => $"projection:{Name}:{generation}";

    private SqlSession Open()
    {
        try
        {
            return Database.OpenSession(isReader: false);
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException)
        {
            throw StorageException.From("opening a connection", error);
        }
    }

    /// <summary>The generation in use; makes the first one where there is none.</summary>
    private async ValueTask<int> GenerationAsync(SqlSession session, CancellationToken cancellationToken)
    {
        if (Look(session, "SELECT generation FROM projections WHERE name = @name", Name) is { } known)
            return (int)known;
        await PrepareAsync(session, 1, cancellationToken).ConfigureAwait(false);
        return 1;
    }

    private ValueTask<int> PrepareAsync(SqlSession session, int generation, CancellationToken cancellationToken) => InTransactionAsync(
        session, async transaction =>
        {
            Database.Dialect.LockClaims(session);
            // Another process may have made the first one meanwhile.
            if (generation == 1 && session.Number("SELECT COUNT(*) FROM projections WHERE name = @name", ("name", Name)) > 0)
                return 0;
            // What is in use must not be emptied.
            if (generation > 1)
                ThrowUnlessActive(session, generation - 1);
            session.Execute("DELETE FROM checkpoints WHERE subscription = @place", ("place", PlaceOf(generation)));
            if (_options.Prepare is { } prepare)
                await prepare(new ProjectionContext(transaction, generation), cancellationToken).ConfigureAwait(false);
            string epoch = session.Query("SELECT epoch FROM store_state WHERE id = 1", static row => row.GetString(0))[0];
            session.Execute(
                "INSERT INTO checkpoints(subscription, sequence, epoch, updated_at) VALUES(@place, 0, @epoch, @now)",
                ("place", PlaceOf(generation)), ("epoch", epoch), ("now", Database.TimeProvider.GetUtcNow()));
            if (generation == 1)
            {
                session.Execute(
                    "INSERT INTO projections(name, generation, switched_at) VALUES(@name, 1, @now)",
                    ("name", Name), ("now", Database.TimeProvider.GetUtcNow()));
            }

            return 1;
        });

    private async Task<(StepOutcome Outcome, int Count)> StepAsync(
        SqlSession session, int generation, bool isActive, CancellationToken cancellationToken)
    {
        if (Look(session, "SELECT sequence FROM checkpoints WHERE subscription = @name", PlaceOf(generation)) is not { } place)
            return (StepOutcome.Changed, 0);
        EventPage page = await _store.ReadPageAsync(
            place + 1, _filter, ReadDirection.Forward, _options.BatchSize, cancellationToken).ConfigureAwait(false);
        if (page.NextSequence - 1 <= place)
            return (StepOutcome.Nothing, 0);
        if (page.Gap is { } gap)
            _options.OnGap?.Invoke(gap);
        StoredEvent[] events = [.. page.Events.Where(static item => !item.IsErased)];
        bool isDone = await InTransactionAsync(session, async transaction =>
        {
            if (!IsUnchanged(session, generation, isActive, place))
                return false;
            var context = new ProjectionContext(transaction, generation);
            foreach (StoredEvent item in events)
                await ApplyAsync(context, item, cancellationToken).ConfigureAwait(false);
            session.Execute(
                "UPDATE checkpoints SET sequence = @sequence, updated_at = @now WHERE subscription = @place",
                ("sequence", page.NextSequence - 1), ("now", Database.TimeProvider.GetUtcNow()), ("place", PlaceOf(generation)));
            return true;
        }).ConfigureAwait(false);
        return isDone ? (StepOutcome.Applied, events.Length) : (StepOutcome.Changed, 0);
    }

    /// <summary>Locks generation and place, and looks whether another process has moved one of them since.</summary>
    private bool IsUnchanged(SqlSession session, int generation, bool isActive, long place)
    {
        string forUpdate = Database.Dialect.ForUpdate;
        if (isActive && session.Number(
            "SELECT generation FROM projections WHERE name = @name" + forUpdate, ("name", Name)) != generation)
            return false;
        return session.Number(
            "SELECT sequence FROM checkpoints WHERE subscription = @place" + forUpdate, ("place", PlaceOf(generation))) == place;
    }

    private async ValueTask ApplyAsync(ProjectionContext context, StoredEvent item, CancellationToken cancellationToken)
    {
        try
        {
            await _apply(context, item, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProjectionException(Name, item, error);
        }
    }

    /// <summary>Puts the next generation into use, unless the one in use is further.</summary>
    private ValueTask<bool> TrySwitchAsync(SqlSession session, int active, int next) => InTransactionAsync(
        session, _ =>
        {
            ThrowUnlessActive(session, active);
            const string Place = "SELECT sequence FROM checkpoints WHERE subscription = @place";
            if (!(session.Number(Place, ("place", PlaceOf(next))) >= session.Number(Place, ("place", PlaceOf(active)))))
                return new ValueTask<bool>(false);
            session.Execute(
                "UPDATE projections SET generation = @generation, switched_at = @now WHERE name = @name",
                ("generation", next), ("now", Database.TimeProvider.GetUtcNow()), ("name", Name));
            session.Execute("DELETE FROM checkpoints WHERE subscription = @place", ("place", PlaceOf(active)));
            return new ValueTask<bool>(true);
        });

    private void ThrowUnlessActive(SqlSession session, int generation)
    {
        string sql = "SELECT generation FROM projections WHERE name = @name" + Database.Dialect.ForUpdate;
        if (session.Number(sql, ("name", Name)) != generation)
            throw new InvalidOperationException($"Projection \"{Name}\" was rebuilt by somebody else meanwhile.");
    }

    private long? Look(SqlSession session, string sql, string name)
    {
        try
        {
            return session.Number(sql, ("name", name));
        }
        catch (Exception error) when (error is DbException or IOException)
        {
            throw StorageException.From($"running projection \"{Name}\"", error);
        }
    }

    private async ValueTask<T> InTransactionAsync<T>(SqlSession session, Func<DbTransaction, ValueTask<T>> work)
    {
        try
        {
            session.Transaction = session.Connection.BeginTransaction();
            T result = await work(session.Transaction).ConfigureAwait(false);
            session.Commit();
            return result;
        }
        catch (Exception error)
        {
            session.Rollback();
            if (error is DbException or IOException)
                throw StorageException.From($"running projection \"{Name}\"", error);
            throw;
        }
    }
}
