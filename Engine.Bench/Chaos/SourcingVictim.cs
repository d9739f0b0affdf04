using System.Globalization;
using Engine.Storage.Databases;
using Engine.Storage.Facade;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;

namespace Engine.Bench.Chaos;

/// <summary>
/// Saves aggregates with snapshots, keeps and rebuilds a projection, and publishes through an event-driven architecture with a
/// processor and a publisher, until it is killed. Says on its output what was begun and what was confirmed.
/// </summary>
internal sealed class SourcingVictim : IAsyncDisposable
{
    private const string Shared = "shared";
    private const int SnapshotEvery = 3;
    private const int RebuildEvery = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly EventDrivenArchitecture _architecture;
    private readonly Action<string> _say;
    private readonly string _name;
    private long _number;

    public SourcingVictim(StorageDatabase database, long firstNumber, Action<string> say)
    {
        _number = firstNumber;
        _name = firstNumber.ToString(CultureInfo.InvariantCulture);
        _say = say;
        var config = new EventDrivenConfig();
        config.Outbox.PollInterval = Pause;
        _architecture = new EventDrivenArchitecture(config, new EventDrivenParts { Database = database, Versions = ChaosCounted.Versions });
        Repository = new AggregateRepository<ChaosSum>(
            Store, ChaosCounted.Events, ChaosCounted.Type,
            new AggregateRepositoryOptions
            {
                Snapshots = new SteppedSnapshots(new SqlSnapshotStore(database)),
                SnapshotEvery = SnapshotEvery,
            });
        Projection = new Projection(
            Store, "sums", [ChaosCounted.Descriptor.Name], Project, new ProjectionOptions { BatchSize = 10, Prepare = PrepareAsync });
    }

    public SqlEventStore Store => _architecture.EventStore;

    public AggregateRepository<ChaosSum> Repository { get; }

    public Projection Projection { get; }

    public static async Task RunAsync(string name, long firstNumber)
    {
        StorageDatabase database = DatabaseVictim.Open(name);
        await using var victim = new SourcingVictim(database, firstNumber, DatabaseVictim.SayAloud);
        await victim.StartAsync().ConfigureAwait(false);
        await Task.WhenAll(
            DatabaseVictim.ForeverAsync(victim.SaveAsync), DatabaseVictim.ForeverAsync(victim.ProjectAsync),
            DatabaseVictim.ForeverAsync(victim.PublishAsync)).ConfigureAwait(false);
    }

    /// <summary>Begins to process and to publish what is stored.</summary>
    public async Task StartAsync()
    {
        string type = ChaosEvent.Descriptor.Name;
        await _architecture.Processors.RegisterProcessorAsync(type, new DelegateEventProcessor("worker", (delivery, _) =>
        {
            ChaosSteps.Reach("process");
            _say($"processed {delivery.Event.Id}");
            ChaosSteps.Reach("processed");
            return ValueTask.CompletedTask;
        })).ConfigureAwait(false);
        await _architecture.Publishers.RegisterPublisherAsync(type, new DelegateEventPublisher("out", (item, _) =>
        {
            ChaosSteps.Reach("carry-out");
            _say($"out {item.Id}");
            ChaosSteps.Reach("carried-out");
            return ValueTask.CompletedTask;
        })).ConfigureAwait(false);
        await _architecture.InitializeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends processors and publishers; what is stored can still be read.</summary>
    public ValueTask DisposeAsync() => _architecture.DisposeAsync();

    /// <summary>The stream of one victim, and one that all write to.</summary>
    private async Task SaveAsync()
    {
        foreach (string id in (string[])[_name, Shared])
        {
            ChaosSteps.Reach("save-aggregate");
            AggregateSaveResult result = await Repository.ExecuteAsync(
                id, static aggregate => aggregate.Apply(new ChaosCounted(aggregate.State.Count + 1))).ConfigureAwait(false);
            ChaosSteps.Reach("aggregate-saved");
            if (result.Outcome == AggregateSaveOutcome.Saved)
                _say(string.Create(CultureInfo.InvariantCulture, $"saved {id} {result.Version}"));
        }
    }

    private async Task ProjectAsync()
    {
        for (int i = 0; i < RebuildEvery; i++)
        {
            await Projection.CatchUpAsync().ConfigureAwait(false);
            ChaosSteps.Reach("projected");
            await Task.Delay(1).ConfigureAwait(false);
        }

        ChaosSteps.Reach("rebuild");
        await Projection.RebuildAsync().ConfigureAwait(false);
        ChaosSteps.Reach("rebuilt");
    }

    private async Task PublishAsync()
    {
        StoredEvent item = ChaosCounted.Events.Create(new ChaosEvent(Interlocked.Increment(ref _number)));
        _say($"offer {item.Id}");
        ChaosSteps.Reach("publish");
        EventPublishResult result = await _architecture.PublishEventAsync(item).ConfigureAwait(false);
        ChaosSteps.Reach("published");
        _say(string.Create(CultureInfo.InvariantCulture, $"stored {item.Id} {result.Stored.Sequence}"));
        await Task.Delay(1).ConfigureAwait(false);
    }

    public static string TableOf(int generation) => string.Create(CultureInfo.InvariantCulture, $"sums_{generation}");

    private static ValueTask PrepareAsync(ProjectionContext context, CancellationToken cancellationToken)
    {
        string table = TableOf(context.Generation);
        context.Execute($"CREATE TABLE IF NOT EXISTS {table}(stream TEXT PRIMARY KEY, count BIGINT NOT NULL)");
        context.Execute($"DELETE FROM {table}");
        return ValueTask.CompletedTask;
    }

    private static ValueTask Project(ProjectionContext context, StoredEvent item, CancellationToken cancellationToken)
    {
        context.Execute(
            $"INSERT INTO {TableOf(context.Generation)}(stream, count) VALUES(@stream, 1) "
            + $"ON CONFLICT(stream) DO UPDATE SET count = {TableOf(context.Generation)}.count + 1",
            ("stream", item.Stream));
        ChaosSteps.Reach("project");
        return ValueTask.CompletedTask;
    }

    private sealed class SteppedSnapshots(ISnapshotStore store) : ISnapshotStore
    {
        public async ValueTask<bool> SaveAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
        {
            ChaosSteps.Reach("save-snapshot");
            bool isKept = await store.SaveAsync(snapshot, cancellationToken).ConfigureAwait(false);
            ChaosSteps.Reach("snapshot-saved");
            return isKept;
        }

        public ValueTask<Snapshot?> LoadAsync(
            string stream, long atMost = long.MaxValue, CancellationToken cancellationToken = default) =>
            store.LoadAsync(stream, atMost, cancellationToken);

        public ValueTask<int> DeleteAsync(string stream, CancellationToken cancellationToken = default) =>
            store.DeleteAsync(stream, cancellationToken);
    }
}
