using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;

namespace Engine.Bench.Chaos;

/// <summary>
/// Appends, publishes through an outbox, handles, fails and drives again until it is killed, and says on its output what was begun and
/// what was confirmed. Several may be at work on one database. A database that is down is waited for.
/// </summary>
internal sealed class DatabaseVictim
{
    private const int Writers = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly SqlEventStore _store;
    private readonly SqlOutbox _outbox;
    private readonly SqlDeadLetters _letters;
    private readonly DurableSubscription _subscription;
    private Action<string> _say = SayAloud;
    private long _number;

    private DatabaseVictim(StorageDatabase database, long firstNumber)
    {
        _number = firstNumber;
        _store = new SqlEventStore(database);
        _outbox = new SqlOutbox(database, ChaosEvent.Events, new OutboxOptions { PollInterval = Pause });
        _letters = new SqlDeadLetters(database);
        _subscription = new DurableSubscription(
            _store, ChaosEvent.Versions, "reader", ["chaos.event"],
            new DurableSubscriptionOptions
            {
                Start = StartPoint.Beginning,
                Retry = new RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) },
                CheckpointInterval = Pause,
                DeadLetters = _letters,
            });
    }

    /// <summary>Opens the database that an argument names: <c>sqlite:PATH</c> or <c>postgresql:CONNECTION</c>.</summary>
    public static StorageDatabase Open(string name, TimeProvider? timeProvider = null)
    {
        var options = new DatabaseOptions
        {
            MaxWalBytes = 1 << 20,
            BusyTimeout = TimeSpan.FromSeconds(10),
            TimeProvider = timeProvider ?? TimeProvider.System,
        };
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        return name[..colon] == "sqlite"
            ? StorageDatabase.Sqlite(name[(colon + 1)..], options)
            : StorageDatabase.PostgreSql(name[(colon + 1)..], options);
    }

    public static async Task RunAsync(string name, long firstNumber)
    {
        var database = Open(name);
        var victim = new DatabaseVictim(database, firstNumber);
        var dispatcher = new OutboxDispatcher(victim._outbox, OutboxPublisher.To(victim.PublishAsync));
        dispatcher.Start();
        await Task.WhenAll([
            .. Enumerable.Range(0, Writers).Select(_ => ForeverAsync(victim.AppendAsync)),
            ForeverAsync(() => victim.AddToOutboxAsync(database, firstNumber)),
            ForeverAsync(() => victim._subscription.RunAsync(victim.HandleAsync)),
            ForeverAsync(victim.RedriveAsync)]).ConfigureAwait(false);
    }

    /// <summary>Begins nothing new, and does what others have left over: publishes, handles, drives again.</summary>
    /// <returns>What a victim would have said.</returns>
    public static async Task<IReadOnlyList<string>> FinishAsync(StorageDatabase database, TimeSpan timeout)
    {
        var said = new ConcurrentQueue<string>();
        var victim = new DatabaseVictim(database, 0) { _say = said.Enqueue };
        using var stop = new CancellationTokenSource(timeout);
        await using var dispatcher = new OutboxDispatcher(victim._outbox, OutboxPublisher.To(victim.PublishAsync));
        Task run = victim._subscription.RunAsync(victim.HandleAsync, cancellationToken: stop.Token);
        bool isDone = false;
        while (!isDone && !stop.IsCancellationRequested)
        {
            while (await dispatcher.DispatchAsync(stop.Token).ConfigureAwait(false) > 0)
            {
            }

            await victim.RedriveAsync().ConfigureAwait(false);
            long tail = (await victim._store.GetStatisticsAsync(stop.Token).ConfigureAwait(false)).LastSequence;
            isDone = victim._subscription.Position >= tail
                && (await victim._letters.ListAsync(cancellationToken: stop.Token).ConfigureAwait(false)).Count == 0;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await run.ConfigureAwait(false);
        return [.. said];
    }

    public static async Task ForeverAsync(Func<Task> work)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is StorageException or DbException or InvalidOperationException
                or TimeoutException)
            {
                // The database is down, or busy for too long.
                await Task.Delay(Pause).ConfigureAwait(false);
            }
        }
    }

    private async Task AppendAsync()
    {
        StoredEvent item = ChaosEvent.Events.Create(new ChaosEvent(Interlocked.Increment(ref _number)));
        Say($"offer {item.Id}");
        ChaosSteps.Reach("append");
        while (true)
        {
            try
            {
                AppendResult result = await _store.AppendAsync(item).ConfigureAwait(false);
                ChaosSteps.Reach("appended");
                Say($"stored {item.Id} {result.Sequence}");
                return;
            }
            catch (StorageException)
            {
                // Whether it was made is not known: the same event again.
                await Task.Delay(Pause).ConfigureAwait(false);
            }
        }
    }

    private async Task AddToOutboxAsync(StorageDatabase database, long key)
    {
        await database.InitializeAsync().ConfigureAwait(false);
        await using DbConnection connection = database.OpenConnection();
        while (true)
        {
            long number = Interlocked.Increment(ref _number);
            StoredEvent item = ChaosEvent.Events.Create(new ChaosEvent(number)) with
            {
                EventType = ChaosEvent.OutboxType,
                Key = string.Create(CultureInfo.InvariantCulture, $"{key}-{number % 3}"),
                Metadata = new Dictionary<string, string> { ["number"] = number.ToString("D20", CultureInfo.InvariantCulture) },
            };
            await using DbTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
            _outbox.Add(transaction, item);
            Say($"try {item.Id}");
            ChaosSteps.Reach("outbox-row-added");
            await transaction.CommitAsync().ConfigureAwait(false);
            ChaosSteps.Reach("outbox-committed");
            Say($"committed {item.Id}");
            _outbox.Wake();
            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    private async ValueTask PublishAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        ChaosSteps.Reach("publish");
        await _store.AppendAsync(item, cancellationToken).ConfigureAwait(false);
        ChaosSteps.Reach("published");
    }

    private ValueTask HandleAsync(EventMessage message, CancellationToken cancellationToken)
    {
        ChaosSteps.Reach("handle");
        if (!message.TryGet<ChaosEvent>(out ChaosEvent? item))
            return ValueTask.CompletedTask;
        if (item.Fails)
        {
            ChaosSteps.Reach("fail");
            throw new InvalidOperationException("This number fails.");
        }

        Say($"handled {item.Number}");
        ChaosSteps.Reach("handled");
        return ValueTask.CompletedTask;
    }

    private async Task RedriveAsync()
    {
        var redriver = new DeadLetterRedriver(_letters, RedriveTarget.To("reader", (item, _, _) =>
        {
            ChaosSteps.Reach("redrive");
            Say($"redriven {item.Id}");
            ChaosSteps.Reach("redriven");
            return ValueTask.CompletedTask;
        }));
        await redriver.RedriveAsync(new DeadLetterFilter()).ConfigureAwait(false);
        await Task.Delay(Pause).ConfigureAwait(false);
    }

    private void Say(FormattableString text) => _say(text.ToString(CultureInfo.InvariantCulture));

    public static void SayAloud(string line)
    {
        lock (ChaosEvent.Descriptor)
        {
            Console.Out.Write(line + "\n");
            Console.Out.Flush();
        }
    }
}
