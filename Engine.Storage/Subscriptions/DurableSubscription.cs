using System.Diagnostics;
using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Stores;
using MessageAction = System.Func<
    Engine.Bus.Messages.EventMessage, System.Threading.CancellationToken, System.Threading.Tasks.ValueTask>;

namespace Engine.Storage.Subscriptions;

/// <summary>
/// A subscription of an event store or of a journal that goes on where it was, also after a crash: each event at least once. At any
/// time one process runs it and others that try wait for their turn, or several share it
/// (<see cref="DurableSubscriptionOptions.SharedRange"/>). All members are thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class DurableSubscription
{
    private readonly IEventLog _log;
    private readonly StorageDatabase _database;
    private readonly EventVersions? _versions;
    private readonly DurableSubscriptionOptions _options;
    private readonly SqlDeadLetters _letters;
    private readonly EventNamePattern[] _patterns;
    private readonly CheckpointLease _lease;
    private readonly SharedClaims _claims;
    private DurableRun? _run;
    private int _isRunning;

    /// <summary>Makes a subscription. Nothing is read before it is run.</summary>
    /// <param name="store">The store.</param>
    /// <param name="versions">The event types, their codecs and upcasters: handlers get the newest version.</param>
    /// <param name="name">Its name: what it is known by over restarts.</param>
    /// <param name="topics">Names or patterns of the events; at least one.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">There is no topic.</exception>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    public DurableSubscription(
        SqlEventStore store, EventVersions versions, string name, IEnumerable<string> topics, DurableSubscriptionOptions? options = null)
        : this(store, DatabaseOf(store), versions, name, topics, options)
    {
    }

    /// <summary>Makes a subscription whose handler gets records as they are stored. Nothing is read before it is run.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">Its name: what it is known by over restarts.</param>
    /// <param name="topics">Names or patterns of the events; at least one.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">There is no topic.</exception>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    public DurableSubscription(
        SqlEventStore store, string name, IEnumerable<string> topics, DurableSubscriptionOptions? options = null)
        : this(store, DatabaseOf(store), name, topics, options)
    {
    }

    /// <summary>Makes a subscription of a journal, or of any other log. Nothing is read before it is run.</summary>
    /// <param name="log">The log.</param>
    /// <param name="database">Where its place is kept, and its dead letters are.</param>
    /// <param name="versions">The event types, their codecs and upcasters: handlers get the newest version.</param>
    /// <param name="name">Its name: what it is known by over restarts.</param>
    /// <param name="topics">Names or patterns of the events; at least one.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">There is no topic.</exception>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    public DurableSubscription(
        IEventLog log, StorageDatabase database, EventVersions versions, string name, IEnumerable<string> topics,
        DurableSubscriptionOptions? options = null)
        : this(log, database, name, topics, options) => _versions = versions ?? throw new ArgumentNullException(nameof(versions));

    /// <summary>The same with a handler that gets records, which are not decoded.</summary>
    /// <param name="log">The log.</param>
    /// <param name="database">Where its place is kept, and its dead letters are.</param>
    /// <param name="name">Its name: what it is known by over restarts.</param>
    /// <param name="topics">Names or patterns of the events; at least one.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">There is no topic.</exception>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    public DurableSubscription(
        IEventLog log, StorageDatabase database, string name, IEnumerable<string> topics, DurableSubscriptionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(database);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(topics);
        _log = log;
        _database = database;
        _options = options ?? new DurableSubscriptionOptions();
        _options.Validate();
        if (_options.SharedRange is not null && log is not IEventStore)
        {
            throw new ArgumentException(
                "A subscription can be shared where places have no holes, which is in an event store; this log is none.", nameof(options));
        }

        _patterns = [.. topics.Select(EventNamePattern.Parse)];
        if (_patterns.Length == 0)
            throw new ArgumentException("A durable subscription needs at least one topic; got none.", nameof(topics));
        Name = name;
        _letters = _options.DeadLetters ?? new SqlDeadLetters(database);
        _lease = new CheckpointLease(database, name, _options.Lease);
        _claims = new SharedClaims(database, name, _options.Lease);
    }

    /// <summary>What it is known by.</summary>
    public string Name { get; }

    /// <summary>The last place up to which everything is settled, as far as this process has run it; 0 if it has not.</summary>
    public long Position => Volatile.Read(ref _run)?.Settled.Checkpoint ?? 0;

    /// <summary>Whether this process runs it at the moment.</summary>
    public bool IsActive => Volatile.Read(ref _run) is { IsEnded: false };

    /// <summary>
    /// Where dead letters of this subscription are delivered again: to its handler while it runs. The checkpoint does not move.
    /// </summary>
    public RedriveTarget RedriveTarget => RedriveTarget.To(
        Name, (item, _, token) => Volatile.Read(ref _run) is { IsEnded: false } run
            ? run.RedeliverAsync(item, token)
            : throw new InvalidOperationException($"\"{Name}\" is not running in this process."));

    /// <summary>
    /// Fixes where it begins, if it is new: one that begins at the end gets all that is appended from now on, however much later it is
    /// run. Without this that is decided when it is run.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Databases.StorageException">The database failed.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        EventLogExtent extent = await ExtentAsync(cancellationToken).ConfigureAwait(false);
        if (await _lease.FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            long startAfter = await StartAfterAsync(extent, cancellationToken).ConfigureAwait(false);
            await _lease.MakeAsync(startAfter, extent.Epoch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits for its turn, and runs the events through a handler until the token is cancelled: to return is an ack, to throw a nack, unless
    /// the handler settled the message itself. An event that fails too often, or that nothing here can read, becomes a dead letter. If the
    /// process loses its turn it waits for the next.
    /// </summary>
    /// <param name="handler">The handler.</param>
    /// <param name="maxConcurrency">Events that may be handled at the same time; above 1 only the order of each key is kept.</param>
    /// <param name="cancellationToken">Ends the call, without an exception; the checkpoint is saved.</param>
    /// <exception cref="InvalidOperationException">It is run already.</exception>
    /// <exception cref="Databases.StorageException">The database failed; nothing settled is lost.</exception>
    public Task RunAsync(MessageAction handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        EventVersions versions = _versions ?? throw new InvalidOperationException(
            $"\"{Name}\" was made without event types, so its handler gets records: use the other overload.");
        return RunAsync(versions, _ => handler, maxConcurrency, cancellationToken);
    }

    /// <summary>The same with a handler of records, which are not decoded.</summary>
    /// <inheritdoc cref="RunAsync(MessageAction, int, CancellationToken)"/>
    public Task RunAsync(StoredEventAction handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunAsync(
            null,
            run => async (message, token) => await handler(
                new EventDelivery(await run.FindAsync(message.Id).ConfigureAwait(false), message.Attempt), token).ConfigureAwait(false),
            maxConcurrency, cancellationToken);
    }

    private async Task RunAsync(
        EventVersions? versions, Func<DurableRun, MessageAction> handlerOf, int maxConcurrency, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrency, 1);
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
            throw new InvalidOperationException($"\"{Name}\" is run already by this object.");
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                DurableRun run = await NextRunAsync(versions, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _run, run);
                await run.RunAsync(handlerOf(run), maxConcurrency, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As asked for.
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    /// <summary>The name and the patterns.</summary>
    public override string ToString() =>
        $"\"{Name}\" ({string.Join(", ", _patterns.Select(static pattern => pattern.Text))}) at #{Position}";

    private async Task<DurableRun> NextRunAsync(EventVersions? versions, CancellationToken cancellationToken)
    {
        if (_options.SharedRange is null)
        {
            long checkpoint = await TakeAsync(cancellationToken).ConfigureAwait(false);
            return new DurableRun(_log, _database, versions, Name, _patterns, _options, _letters, _lease, checkpoint);
        }

        RangeClaim claim = await TakeRangeAsync(_options.SharedRange.Value, cancellationToken).ConfigureAwait(false);
        return new DurableRun(
            _log, _database, versions, Name, _patterns, _options, _letters, claim, claim.First - 1, claim.Last);
    }

    /// <summary>Takes what others left over, or what is next; waits for either.</summary>
    private async Task<RangeClaim> TakeRangeAsync(int count, CancellationToken cancellationToken)
    {
        EventLogExtent extent = await ExtentAsync(cancellationToken).ConfigureAwait(false);
        long startAfter = await _lease.FindAsync(cancellationToken).ConfigureAwait(false)
            ?? await StartAfterAsync(extent, cancellationToken).ConfigureAwait(false);
        long tail = extent.LastSequence;
        while (true)
        {
            if (await _claims.TryTakeAsync(startAfter, extent.Epoch, tail, count, cancellationToken).ConfigureAwait(false) is { } claim)
                return claim;
            using CancellationTokenSource pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task later = Task.Delay(_options.CheckpointInterval, _database.TimeProvider, pause.Token);
            Task<long> news = _log.WaitForTailAsync(tail, pause.Token).AsTask();
            await Task.WhenAny(later, news).ConfigureAwait(false);
            if (news.IsCompletedSuccessfully)
                tail = await news.ConfigureAwait(false);
            await pause.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(later, news).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (news.IsFaulted)
                await news.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<long> TakeAsync(CancellationToken cancellationToken)
    {
        EventLogExtent extent = await ExtentAsync(cancellationToken).ConfigureAwait(false);
        long startAfter = await _lease.FindAsync(cancellationToken).ConfigureAwait(false)
            ?? await StartAfterAsync(extent, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (await _lease.TryTakeAsync(startAfter, extent.Epoch, cancellationToken).ConfigureAwait(false) is { } checkpoint)
                return checkpoint;
            await Task.Delay(_options.CheckpointInterval, _database.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> StartAfterAsync(EventLogExtent extent, CancellationToken cancellationToken)
    {
        switch (_options.Start.Kind)
        {
            case StartKind.Sequence:
                return _options.Start.FirstSequence - 1;
            case StartKind.Time:
                var filter = new EventFilter { From = _options.Start.FirstTime };
                EventPage page;
                long next = 1;
                do
                {
                    page = await _log.ReadPageAsync(next, filter, limit: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
                    next = page.NextSequence;
                }
                while (page.Events.Count == 0 && !page.IsLast);
                return (page.Events.Count == 0 ? page.NextSequence : page.Events[0].Sequence) - 1;
            default:
                return extent.LastSequence;
        }
    }

    private async ValueTask<EventLogExtent> ExtentAsync(CancellationToken cancellationToken)
    {
        await _database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await _log.GetExtentAsync(cancellationToken).ConfigureAwait(false);
    }

    private static StorageDatabase DatabaseOf(SqlEventStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Database;
    }
}
