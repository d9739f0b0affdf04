using System.Diagnostics;
using Engine.Primitives;

namespace Engine.Storage.Outbox;

/// <summary>
/// Publishes the rows of an outbox: in the order of their numbers for rows with the same key, at least once each, with the same id each
/// time. Any number of processes may run one. All members are thread-safe.
/// </summary>
public sealed class OutboxDispatcher : IAsyncDisposable
{
    /// <summary>The name under which rows that were given up become dead letters.</summary>
    public const string DeadLetterSubscription = "outbox";

    // Publishing ends before others may take the rows.
    private const double UsableShareOfLease = 0.7;
    private static readonly TimeSpan CleanUpInterval = TimeSpan.FromMinutes(1);

    private readonly SqlOutbox _outbox;
    private readonly IOutboxPublisher _publisher;
    private readonly OutboxClaims _claims;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _loop;
    private long _published;
    private long _failed;
    private long _faults;

    /// <summary>Makes a dispatcher; it does nothing before it is started.</summary>
    /// <param name="outbox">The outbox.</param>
    /// <param name="publisher">Publishes the rows.</param>
    public OutboxDispatcher(SqlOutbox outbox, IOutboxPublisher publisher)
    {
        ArgumentNullException.ThrowIfNull(outbox);
        ArgumentNullException.ThrowIfNull(publisher);
        _outbox = outbox;
        _publisher = publisher;
        _claims = new OutboxClaims(outbox);
    }

    /// <summary>Rows published by this dispatcher.</summary>
    public long PublishedCount => Interlocked.Read(ref _published);

    /// <summary>Attempts to publish a row that failed.</summary>
    public long FailedCount => Interlocked.Read(ref _failed);

    /// <summary>Times that the outbox itself could not be read or written; it is tried again.</summary>
    public long FaultCount => Interlocked.Read(ref _faults);

    /// <summary>Times that the one who is told of failures threw.</summary>
    public long NoticeErrorCount => _outbox.NoticeErrorCount;

    /// <summary>Begins to publish, until it is stopped. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loop ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Publishes what is due now, once.</summary>
    /// <param name="cancellationToken">Stops; rows that were not published are given back.</param>
    /// <returns>Rows that were taken.</returns>
    public async Task<int> DispatchAsync(CancellationToken cancellationToken = default)
    {
        await _outbox.InitializeAsync(cancellationToken).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        List<OutboxEntry> batch = await _claims.ClaimAsync(cancellationToken).ConfigureAwait(false);
        if (batch.Count == 0)
            return 0;
        // Where claiming took that long, the rows go back.
        TimeSpan usable = (_outbox.Options.Lease * UsableShareOfLease) - Stopwatch.GetElapsedTime(start);
        using var lease = new TimeLimit(usable > TimeSpan.Zero ? usable : TimeSpan.Zero, cancellationToken);
        bool isDone = await TryPublishAllAsync(batch, lease.Token).ConfigureAwait(false);
        if (!isDone)
            await PublishByKeyAsync(batch, lease.Token).ConfigureAwait(false);
        return batch.Count;
    }

    /// <summary>Ends; rows that were taken and not published are given back.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_lock)
            loop = _loop;
        Task cancelling = _stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(cancelling, loop ?? Task.CompletedTask), Task.Delay(_outbox.Options.CloseTimeout))
            .ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        TimeProvider timeProvider = _outbox.Database.TimeProvider;
        DateTimeOffset nextCleanUp = timeProvider.GetUtcNow() + CleanUpInterval;
        while (!_stop.IsCancellationRequested)
        {
            // Before the look: what is added after it completes this task.
            Task wake = _outbox.NextWake;
            int count = 0;
            try
            {
                count = await DispatchAsync(_stop.Token).ConfigureAwait(false);
                if (timeProvider.GetUtcNow() >= nextCleanUp)
                {
                    nextCleanUp = timeProvider.GetUtcNow() + CleanUpInterval;
                    await _outbox.CleanUpAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                Interlocked.Increment(ref _faults);
                _outbox.Notify(new OutboxNotice(0, "", OutboxStatus.Pending, 0, error));
            }

            if (count == 0)
                await WaitAsync(wake, timeProvider).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task wake, TimeProvider timeProvider)
    {
        try
        {
            await wake.WaitAsync(_outbox.Options.PollInterval, timeProvider, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            // Time to look again, or to end.
        }
    }

    /// <summary>All rows at once, where the publisher can.</summary>
    private async Task<bool> TryPublishAllAsync(List<OutboxEntry> batch, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _publisher.TryPublishAsync([.. batch.Select(static row => row.Event)], cancellationToken).ConfigureAwait(false))
                return false;
        }
        catch (Exception)
        {
            // One of them is at fault, or the publisher as a whole; publishing each alone tells which.
            return false;
        }

        await _claims.CompleteAsync(batch).ConfigureAwait(false);
        Interlocked.Add(ref _published, batch.Count);
        return true;
    }

    private async Task PublishByKeyAsync(List<OutboxEntry> batch, CancellationToken cancellationToken)
    {
        OutboxEntry[][] lines =
        [
            .. batch.Where(static row => row.Event.Key is null).Select(static row => new[] { row }),
            .. batch.Where(static row => row.Event.Key is not null)
                .GroupBy(static row => row.Event.Key, StringComparer.Ordinal).Select(static line => line.ToArray()),
        ];
        var marks = new OutboxMarks(_claims);
        try
        {
            await Parallel.ForEachAsync(
                lines.OrderBy(static line => line[0].Id),
                new ParallelOptions { MaxDegreeOfParallelism = _outbox.Options.MaxConcurrency },
                async (line, _) => await PublishLineAsync(line, marks, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await marks.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The rows of one key, in order, up to the first that fails.</summary>
    private async ValueTask PublishLineAsync(OutboxEntry[] line, OutboxMarks marks, CancellationToken cancellationToken)
    {
        var published = new List<OutboxEntry>(line.Length);
        Exception? error = null;
        foreach (OutboxEntry row in line)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                await _publisher.PublishAsync(row.Event, cancellationToken).ConfigureAwait(false);
                published.Add(row);
            }
            catch (Exception thrown)
            {
                error = thrown;
                break;
            }
        }

        if (published.Count > 0)
        {
            marks.Add(published);
            Interlocked.Add(ref _published, published.Count);
        }

        if (error is null)
            return;
        bool isInterrupted = error is OperationCanceledException && cancellationToken.IsCancellationRequested;
        await _claims.ReleaseAsync(line.Skip(published.Count + (isInterrupted ? 0 : 1))).ConfigureAwait(false);
        if (!isInterrupted)
        {
            Interlocked.Increment(ref _failed);
            await _claims.GiveUpOrRetryAsync(line[published.Count], error.Message, error).ConfigureAwait(false);
        }
    }
}
