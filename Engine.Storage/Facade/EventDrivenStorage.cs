using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Bus.Versions;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Idempotency;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;

namespace Engine.Storage.Facade;

/// <summary>Parts that a caller has already; what is null is made by the configuration. Immutable.</summary>
public sealed record EventDrivenParts
{
    /// <summary>The event types with their codecs; null where all events are records with bytes.</summary>
    public EventVersions? Versions { get; init; }

    /// <summary>The source of events whose publisher names none.</summary>
    public string Source { get; init; } = "event-driven";

    /// <summary>
    /// Under which name the place of the bus in the store is kept. Of several processes with one database, one at a time runs each part;
    /// those that each want all events on their bus give each its own name, the same after a restart.
    /// </summary>
    public string BusName { get; init; } = "bus";

    /// <summary>The bus. It is started if it was not, and not stopped.</summary>
    public EventBus? Bus { get; init; }

    /// <summary>The database. It is not disposed of.</summary>
    public StorageDatabase? Database { get; init; }

    /// <summary>The clock of a database that is made.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Is told of events that could not be published, for a log; null for nobody.</summary>
    public Action<OutboxNotice>? OnOutboxNotice { get; init; }

    /// <summary>Is told what happens to dead letters, for a log; null for nobody.</summary>
    public Action<DeadLetterNotice>? OnDeadLetter { get; init; }

    /// <summary>Is told which part could not work and tries again, and why; null for nobody. What it throws is dropped.</summary>
    public Action<string, Exception>? OnFault { get; init; }

    /// <summary>Is told when too much gathers in outbox or dead letters, and when that is over. What it throws is dropped.</summary>
    public Action<StorageAlert>? OnAlert { get; init; }
}

/// <summary>What is kept in one database, as a configuration says. Opens nothing by itself. Thread-safe.</summary>
public sealed class EventDrivenStorage : IAsyncDisposable
{
    private const string PathPrefix = "Data Source=";

    private readonly bool _isOwner;

    internal EventDrivenStorage(EventDrivenConfig config, EventDrivenParts parts)
    {
        _isOwner = parts.Database is null;
        Database = parts.Database ?? Open(config.Store, parts.TimeProvider);
        Versions = parts.Versions;
        Factory = parts.Versions is null ? null : new StoredEventFactory(parts.Versions, parts.Source, Database.TimeProvider);
        Limits = new EventLimits
        {
            MaxDataBytes = (int)config.Store.MaxEventBytes,
            MaxClockSkew = config.Store.MaxClockSkew,
        };
        Events = new SqlEventStore(Database, new EventStoreOptions
        {
            Limits = Limits,
            CacheCount = config.Store.CacheMaxEvents,
            CacheBytes = config.Store.CacheMaxBytes,
        });
        DeadLetters = new SqlDeadLetters(Database, new DeadLetterOptions
        {
            Events = Factory,
            Retention = config.DeadLetters.Retention,
            MaxCount = config.DeadLetters.MaxCount,
            OnNotice = parts.OnDeadLetter,
        });
        Outbox = new SqlOutbox(Database, Factory, new OutboxOptions
        {
            Limits = Limits,
            BatchSize = config.Outbox.BatchSize,
            PollInterval = config.Outbox.PollInterval,
            Lease = config.Outbox.Lease,
            MaxAttempts = config.Outbox.MaxAttempts,
            BaseDelay = config.Outbox.BaseDelay,
            MaxDelay = config.Outbox.MaxDelay,
            ProcessedRetention = config.Outbox.KeepProcessed,
            DeadLetters = DeadLetters,
            OnNotice = parts.OnOutboxNotice,
        });
        Handled = new SqlIdempotencyStore(Database, new SqlIdempotencyOptions
        {
            Window = config.Idempotency.Window,
            Capacity = config.Idempotency.MaxKeys,
        });
        Snapshots = new SqlSnapshotStore(Database, config.Snapshots.Keep);
        SnapshotEvery = config.Snapshots.Every;
        ClaimLease = config.Idempotency.Lease;
        Retention = new EventRetention
        {
            MaxAge = config.Store.RetentionMaxAge == TimeSpan.MaxValue ? null : config.Store.RetentionMaxAge,
            MaxBytes = config.Store.RetentionMaxBytes == long.MaxValue ? null : config.Store.RetentionMaxBytes,
            MaxCount = config.Store.RetentionMaxEvents == long.MaxValue ? null : config.Store.RetentionMaxEvents,
            ByType = config.Store.RetentionByType,
        };
    }

    /// <summary>Where everything is.</summary>
    public StorageDatabase Database { get; }

    /// <summary>The event types; null where all events are records.</summary>
    public EventVersions? Versions { get; }

    /// <summary>Makes records of events; null where there are no event types.</summary>
    public StoredEventFactory? Factory { get; }

    /// <summary>The store.</summary>
    public SqlEventStore Events { get; }

    /// <summary>The outbox.</summary>
    public SqlOutbox Outbox { get; }

    /// <summary>The dead letters.</summary>
    public SqlDeadLetters DeadLetters { get; }

    /// <summary>The handled events.</summary>
    public SqlIdempotencyStore Handled { get; }

    /// <summary>The snapshots.</summary>
    public SqlSnapshotStore Snapshots { get; }

    internal EventLimits Limits { get; }

    internal int SnapshotEvery { get; }

    internal TimeSpan ClaimLease { get; }

    internal EventRetention Retention { get; }

    /// <summary>How a handler handles each event once, by the store of handled events.</summary>
    /// <param name="subscription">The name of its subscription.</param>
    public IdempotencyOptions IdempotencyOf(string subscription) => new()
    {
        Store = Handled,
        Subscription = subscription,
        ClaimLease = ClaimLease,
        TimeProvider = Database.TimeProvider,
    };

    /// <summary>A repository of aggregates with the snapshots of the configuration.</summary>
    /// <typeparam name="TState">The state.</typeparam>
    /// <param name="type">The kind of aggregate.</param>
    /// <param name="isPublished">Whether saved events go into the outbox, too.</param>
    /// <exception cref="InvalidOperationException">There are no event types.</exception>
    public AggregateRepository<TState> RepositoryOf<TState>(AggregateType<TState> type, bool isPublished = false) => new(
        Events, Factory ?? throw new InvalidOperationException("Aggregates need event types; give some."), type,
        new AggregateRepositoryOptions
        {
            Snapshots = Snapshots,
            SnapshotEvery = SnapshotEvery,
            Outbox = isPublished ? Outbox : null,
        });

    /// <summary>Closes a database that was opened by the configuration.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isOwner)
            await Database.DisposeAsync().ConfigureAwait(false);
    }

    private static StorageDatabase Open(EventDrivenStoreConfig config, TimeProvider? timeProvider)
    {
        var options = new DatabaseOptions
        {
            MaxReaders = config.MaxConnections,
            AcquireTimeout = config.AcquireTimeout,
            GroupCommitDelay = config.GroupCommitDelay,
            TimeProvider = timeProvider ?? TimeProvider.System,
        };
        string connection = config.Connection!;
        return config.Provider == StoreProvider.PostgreSql
            ? StorageDatabase.PostgreSql(connection, options)
            : StorageDatabase.Sqlite(
                connection.StartsWith(PathPrefix, StringComparison.OrdinalIgnoreCase) ? connection[PathPrefix.Length..].Trim() : connection,
                options);
    }
}
