using System.Diagnostics;
using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Storage.Records;

namespace Engine.Cluster.Events;

/// <summary>
/// Handles domain events of the fleet: at least once, and once by the inbox; in the order of their keys. An event that fails comes again
/// after a delay, and becomes a dead letter after some attempts. All members are thread-safe.
/// </summary>
public sealed class ClusterEventConsumer : IAsyncDisposable
{
    private const int BatchMessages = 64;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly IClusterTransport _transport;
    private readonly ClusterEventConsumerOptions _options;
    private readonly Func<ClusterEventMessage, CancellationToken, ValueTask> _handler;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private long _handled;
    private long _duplicates;
    private long _failed;
    private long _skipped;
    private long _unreadable;
    private readonly EventNamePattern[] _topics;
    private ClusterException? _fault;
    private Task[]? _loops;

    /// <summary>Makes a consumer; it does nothing before it is started.</summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">How events are consumed.</param>
    /// <param name="handler">
    /// Handles an event. One that returns without a settlement has handled it; one that throws has failed. Events of one shard come one
    /// after the other, shards in parallel.
    /// </param>
    public ClusterEventConsumer(
        IClusterTransport transport, ClusterEventConsumerOptions options,
        Func<ClusterEventMessage, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        options.Validate();
        (_transport, _options, _handler) = (transport, options, handler);
        _topics = [.. options.Topics.Select(EventNamePattern.Parse)];
    }

    /// <summary>
    /// Makes a consumer that puts events on a bus, where its subscriptions, filters and routers get them as they get events of this
    /// process: in their own version, and upcast as the newest. An event is handled when all queues have taken it and handlers that run on
    /// the publisher's thread have returned; what those throw is the bus's matter. It does nothing before it is started.
    /// </summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">How events are consumed. What nothing here can read is given up at once, if there are dead letters.</param>
    /// <param name="bus">The bus and its versions; stays its maker's.</param>
    public ClusterEventConsumer(IClusterTransport transport, ClusterEventConsumerOptions options, VersionedBus bus)
        : this(transport, options, BusHandlers.Of(bus))
    {
    }

    /// <summary>
    /// Makes a consumer that gives events to one message subscription, and to nobody else on its bus. An event is handled when its message
    /// was acknowledged; one that the subscription gave up is a dead letter of the subscription's. It does nothing before it is started.
    /// </summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">How events are consumed. What nothing here can read is given up at once, if there are dead letters.</param>
    /// <param name="bus">The versions of the subscription's bus; stays its maker's.</param>
    /// <param name="subscription">The subscription; somebody has to consume it.</param>
    public ClusterEventConsumer(
        IClusterTransport transport, ClusterEventConsumerOptions options, VersionedBus bus, MessageSubscriptionBase subscription)
        : this(transport, options, BusHandlers.Of(bus, subscription))
    {
    }

    /// <summary>Events handled.</summary>
    public long HandledCount => Interlocked.Read(ref _handled);

    /// <summary>Events that the inbox knew already.</summary>
    public long DuplicateCount => Interlocked.Read(ref _duplicates);

    /// <summary>Events that <see cref="ClusterEventConsumerOptions.Topics"/> leaves out.</summary>
    public long SkippedCount => Interlocked.Read(ref _skipped);

    /// <summary>Attempts that failed.</summary>
    public long FailedCount => Interlocked.Read(ref _failed);

    /// <summary>Messages that are no CloudEvents; they do not come again.</summary>
    public long UnreadableCount => Interlocked.Read(ref _unreadable);

    /// <summary>What is wrong with the broker now; null for nothing.</summary>
    public ClusterException? Fault => Volatile.Read(ref _fault);

    /// <summary>Begins, until it is disposed of. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_loops is not null)
                return;
            // Events from elsewhere are no consequences of whatever starts this.
            using (ExecutionContext.SuppressFlow())
                _loops = [.. Enumerable.Range(0, _options.Shards).Select(shard => Task.Run(() => RunAsync(shard)))];
        }
    }

    /// <summary>
    /// Ends; an event that is being handled is waited for, for <see cref="ClusterEventConsumerOptions.CloseTimeout"/>. One that is left
    /// comes again.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task[]? loops;
        lock (_lock)
            loops = _loops;
        long start = Stopwatch.GetTimestamp();
        Task cancelling = _stop.CancelAsync();
        await Endings.WaitAsync(start, _options.CloseTimeout, [cancelling, .. loops ?? []]).ConfigureAwait(false);
    }

    private async Task RunAsync(int shard)
    {
        string stream = ClusterNames.EventStream(shard, _options.Shards);
        bool isEnsured = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!isEnsured)
                {
                    await _transport.EnsureStreamAsync(
                        new TransportStream(stream, ClusterNames.EventSubjects(shard, _options.Shards), IsQueue: false), _stop.Token)
                        .ConfigureAwait(false);
                    await _transport.EnsureConsumerAsync(stream, _options.Group, _options.IsOrdered, _stop.Token).ConfigureAwait(false);
                    isEnsured = true;
                }

                IReadOnlyList<TransportDelivery> batch = await _transport.ReceiveAsync(
                    stream, _options.Group, _options.IsOrdered ? 1 : BatchMessages, Wait, _stop.Token).ConfigureAwait(false);
                if (batch.Count == 0)
                    await _transport.CountPendingAsync(stream, _options.Group, _stop.Token).ConfigureAwait(false);
                Volatile.Write(ref _fault, null);
                foreach (TransportDelivery delivery in batch)
                    await TakeAsync(delivery).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                isEnsured = false;
                Volatile.Write(
                    ref _fault, exception as ClusterException ?? new ClusterException(ClusterFault.Other, exception.Message, exception));
                await Task.Delay(RetryDelay, _options.TimeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TakeAsync(TransportDelivery delivery)
    {
        StoredEvent item;
        try
        {
            item = CloudEventHeaders.Read(delivery.Header, delivery.Body);
        }
        catch (InvalidDataException)
        {
            Interlocked.Increment(ref _unreadable);
            await delivery.TerminateAsync(_stop.Token).ConfigureAwait(false);
            return;
        }

        if (_topics.Length > 0 && !Array.Exists(_topics, topic => topic.Matches(item.EventType)))
        {
            Interlocked.Increment(ref _skipped);
            await delivery.AckAsync(_stop.Token).ConfigureAwait(false);
            return;
        }

        var message = new ClusterEventMessage(delivery, item, _options);
        var key = new IdempotencyKey(_options.Group, item.Id);
        IdempotencyClaim claim = _options.Inbox is { } inbox
            ? await inbox.TryClaimAsync(key, _options.Lease, _stop.Token).ConfigureAwait(false)
            : new IdempotencyClaim(IdempotencyClaimOutcome.Claimed, 0, TimeSpan.Zero);
        switch (claim.Outcome)
        {
            case IdempotencyClaimOutcome.Completed:
                Interlocked.Increment(ref _duplicates);
                await message.AckAsync(_stop.Token).ConfigureAwait(false);
                break;
            case IdempotencyClaimOutcome.InFlight:
                await message.NackAsync(claim.ExpiresIn, _stop.Token).ConfigureAwait(false);
                break;
            default:
                await HandleAsync(message, key, claim).ConfigureAwait(false);
                break;
        }
    }

    private async Task HandleAsync(ClusterEventMessage message, IdempotencyKey key, IdempotencyClaim claim)
    {
        Exception? error = null;
        using var ended = new CancellationTokenSource();
        Task extending = ExtendAsync(message, ended.Token);
        try
        {
            await _handler(message, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await extending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What the handler has settled stays so, whatever it threw afterwards.
        bool isDone = message.IsSettled ? !message.IsToComeAgain : error is null;
        if (_options.Inbox is { } inbox)
        {
            if (isDone)
                await inbox.CompleteAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
            else
                await inbox.ReleaseAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
        }

        if (isDone)
        {
            Interlocked.Increment(ref _handled);
            await message.AckAsync(CancellationToken.None).ConfigureAwait(false);
            return;
        }

        Interlocked.Increment(ref _failed);
        if (error is null || message.IsSettled || _stop.IsCancellationRequested)
            return;
        if (_options.DeadLetters is not null && (message.Attempt >= _options.MaxAttempts || error is EventNotReadableException))
            await message.ParkAsync(error.Message, error, _stop.Token).ConfigureAwait(false);
        else
            await message.NackAsync(default, _stop.Token).ConfigureAwait(false);
    }

    private async Task ExtendAsync(ClusterEventMessage message, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(_options.ExtendInterval, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            await message.ExtendAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
