using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Primitives;
using Engine.Publish;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using MessageAction = System.Func<
    Engine.Bus.Messages.EventMessage, System.Threading.CancellationToken, System.Threading.Tasks.ValueTask>;

namespace Engine.Storage.Subscriptions;

/// <summary>
/// One turn of a durable subscription: reads the log in order into a queue of messages of a bus of its own, and saves up to where all
/// are settled. Without versions the records are not decoded, and looked up by their ids. History and live events come the same way, so
/// there is no seam between them: what is not read yet is in the log. Where it has an end, it ends when all up to there is settled.
/// </summary>
internal sealed class DurableRun(
    IEventLog log, StorageDatabase database, EventVersions? versions, string name, EventNamePattern[] patterns,
    DurableSubscriptionOptions options, SqlDeadLetters letters, DurableLease lease, long checkpoint, long end = long.MaxValue)
    : IParkedMessageStore, IDisposable
{
    private const int LastWaits = 200;
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(5);

    private readonly SemaphoreSlim _room = new(options.Capacity);
    private readonly ConcurrentDictionary<Guid, StoredEvent> _redelivered = [];
    private readonly SemaphoreSlim _dueForSaving = new(0);
    // Ends after the consumers: what they settle last counts, too.
    private readonly CancellationTokenSource _deliveries = new();
    private readonly TaskCompletionSource _allSettled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MessageSubscription? _subscription;
    private VersionedBus? _bus;
    private volatile bool _isEnded;
    private long _sinceSaved;
    private long _caughtUpAt = long.MaxValue;
    private long _heard;

    public SettledPrefix Settled { get; } = new(checkpoint);

    public bool IsEnded => _isEnded;

    public async Task RunAsync(MessageAction handler, int maxConcurrency, CancellationToken cancellationToken)
    {
        var bus = new EventBus($"durable {name}", new EventBusOptions());
        bus.Start();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using VersionedBus versioned = (versions ?? RawEvent.Versions).Attach(bus);
            IEnumerable<string> topics = versions is null ? [RawEvent.Topic] : patterns.SelectMany(TopicsOf);
            MessageSubscription subscription = bus.SubscribeMessages(topics, new MessageSubscriptionOptions
            {
                Name = name,
                // Twice, so that redelivered dead letters find room beside what is read.
                Capacity = options.Capacity * 2,
                Lease = options.MessageLease,
                Retry = options.Retry,
                KeepsKeyOrder = options.KeepsKeyOrder,
                ParkedStore = this,
                TimeProvider = database.TimeProvider,
            });
            await using (((IAsyncDisposable)subscription).ConfigureAwait(false))
            {
                (_subscription, _bus) = (subscription, versioned);
                Task[] parts =
                [
                    Guarded(() => PumpAsync(stop.Token), stop),
                    Guarded(() => SaveAsync(stop.Token), stop),
                    Guarded(() => subscription.RunAsync(handler, maxConcurrency, stop.Token), stop),
                ];
                try
                {
                    await Task.WhenAll(parts).ConfigureAwait(false);
                }
                finally
                {
                    await HearAllAsync(subscription).ConfigureAwait(false);
                    await lease.SaveAsync(Settled.Checkpoint, isLast: true).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _isEnded = true;
            await _deliveries.CancelAsync().ConfigureAwait(false);
            await bus.StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Delivers a dead letter again; completes when it is acknowledged, and throws when it is not.</summary>
    public async ValueTask RedeliverAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        _redelivered[item.Id] = item;
        AwaitedDelivery delivery;
        try
        {
            delivery = await _subscription!.DeliverAsync(_bus!, IncomingOf(item), 1, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _redelivered.TryRemove(item.Id, out _);
        }

        Interlocked.Increment(ref _heard);
        if (delivery.End is not (MessageEnd.Acked or MessageEnd.Skipped))
        {
            throw new InvalidOperationException(
                $"The event was not handled: {delivery.Decoded}, {delivery.Delivered}, {delivery.End}.", delivery.Error);
        }
    }

    /// <summary>A message that is given up becomes a letter with the bytes as they are stored.</summary>
    public async ValueTask StoreAsync(ParkedMessage message)
    {
        StoredEvent item = await FindAsync(message.Id).ConfigureAwait(false);
        await letters.AddAsync(DeadLetter.For(
            item, name, message.Attempts, message.Failure.Reason, message.Failure.Exception, message.Failure.FirstAt,
            message.Failure.LastAt)).ConfigureAwait(false);
    }

    /// <summary>The record of an event that is being delivered.</summary>
    public async ValueTask<StoredEvent> FindAsync(Guid id) =>
        Settled.Find(id) ?? _redelivered.GetValueOrDefault(id) ?? await log.GetAsync(id).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"Event {id} is not in the log any more.");

    private IncomingEvent IncomingOf(StoredEvent item) => versions is null ? RawEvent.For(item) : item.ToIncoming();

    /// <summary>An older version of an event has a longer name on a bus.</summary>
    private static IEnumerable<string> TopicsOf(EventNamePattern pattern) =>
        pattern.Text.EndsWith("**", StringComparison.Ordinal) ? [pattern.Text] : [pattern.Text, pattern.Text + ".*"];

    /// <summary>When one part ends, for whatever reason, all end.</summary>
    private static async Task Guarded(Func<Task> part, CancellationTokenSource stop)
    {
        try
        {
            await part().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked for.
        }
        finally
        {
            TimeLimit.Cancel(stop);
        }
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        var filter = new EventFilter { EventTypes = patterns };
        long next = Settled.Checkpoint + 1;
        bool isFirst = true;
        while (next <= end)
        {
            EventPage page = await log.ReadPageAsync(
                next, filter, ReadDirection.Forward, Math.Min(EventPage.MaxLimit, options.Capacity), cancellationToken)
                .ConfigureAwait(false);
            if (isFirst)
                Volatile.Write(ref _caughtUpAt, page.Tail);
            isFirst = false;
            if (page.Gap is { } gap)
                Tell(() => options.OnGap?.Invoke(gap));
            foreach (EventLoss loss in page.Losses)
                Tell(() => options.OnLoss?.Invoke(loss));
            foreach (StoredEvent item in page.Events.TakeWhile(item => item.Sequence <= end))
            {
                await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
                await DeliverAsync(item, cancellationToken).ConfigureAwait(false);
            }

            next = page.NextSequence;
            Settled.Pass(Math.Min(end, next - 1));
            TellCaughtUp();
            if (page.IsLast && next <= end)
                await log.WaitForTailAsync(next - 1, cancellationToken).ConfigureAwait(false);
        }

        TellAllSettled();
        await _allSettled.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task DeliverAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        SettledPrefix.Entry entry = Settled.Add(item);
        if (item.IsErased)
        {
            Settle(entry);
            return;
        }

        // The call delivers before it first waits, so events come in order.
        Task<AwaitedDelivery> delivery = _subscription!.DeliverAsync(_bus!, IncomingOf(item), 1, _deliveries.Token);
        if (!delivery.IsCompleted)
        {
            _ = SettleAsync(entry, delivery);
            return;
        }

        AwaitedDelivery result = await delivery.ConfigureAwait(false);
        if (result.End is null)
            await RefuseAsync(item, result, cancellationToken).ConfigureAwait(false);
        Settle(entry);
    }

    private async Task SettleAsync(SettledPrefix.Entry entry, Task<AwaitedDelivery> delivery)
    {
        try
        {
            await delivery.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run ends, and the event comes again in the next one.
            return;
        }

        Settle(entry);
        // Last: who has heard of all saves the checkpoint.
        Interlocked.Increment(ref _heard);
    }

    /// <summary>What is not read, or not taken by the bus, must not be lost and must not stop the rest.</summary>
    private async Task RefuseAsync(StoredEvent item, AwaitedDelivery result, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (result.Delivered is PublishOutcome.Stopped)
            throw new OperationCanceledException("The bus of the run has ended.");
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        await letters.AddAsync(
            DeadLetter.For(item, name, 1, $"{result.Decoded}, {result.Delivered}", result.Error, now, now), cancellationToken)
            .ConfigureAwait(false);
    }

    private void Settle(SettledPrefix.Entry entry)
    {
        Settled.Settle(entry);
        _room.Release();
        TellCaughtUp();
        TellAllSettled();
        if (Interlocked.Increment(ref _sinceSaved) % options.CheckpointCount == 0)
            _dueForSaving.Release();
    }

    private void TellAllSettled()
    {
        if (Settled.Checkpoint >= end)
            _allSettled.TrySetResult();
    }

    private void TellCaughtUp()
    {
        long at = Volatile.Read(ref _caughtUpAt);
        if (at == long.MaxValue || Settled.Checkpoint < at || Interlocked.CompareExchange(ref _caughtUpAt, long.MaxValue, at) != at)
            return;
        Tell(() => options.OnCaughtUp?.Invoke(at));
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _dueForSaving.WaitAsync(options.CheckpointInterval, cancellationToken).ConfigureAwait(false);
            // Without the lease another process has the subscription, and this one ends.
            if (!await lease.SaveAsync(Settled.Checkpoint, isLast: false).ConfigureAwait(false))
                return;
        }
    }

    /// <summary>Waits, not for long, for the news of what consumers have settled, which comes on other threads.</summary>
    private async Task HearAllAsync(MessageSubscription subscription)
    {
        for (int i = 0; i < LastWaits; i++)
        {
            MessageSubscriptionStatistics statistics = subscription.GetStatistics();
            if (Interlocked.Read(ref _heard) >= statistics.Acked + statistics.Skipped + statistics.Stored)
                return;
            await Task.Delay(LastWait).ConfigureAwait(false);
        }
    }

    /// <summary>To be called when the run has ended.</summary>
    public void Dispose()
    {
        _deliveries.Dispose();
        _dueForSaving.Dispose();
        _room.Dispose();
    }

    private static void Tell(Action action)
    {
        try
        {
            action();
        }
        catch (Exception)
        {
            // Who is told has no say.
        }
    }
}
