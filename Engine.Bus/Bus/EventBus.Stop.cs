using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>How the bus stops: it waits until nothing is under way, and closes what is left when the time is over.</summary>
public sealed partial class EventBus
{
    private readonly StopPatience _patience = new();
    private Task<BusStopReport>? _stop;

    /// <inheritdoc/>
    public Task<BusStopReport> StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (timeout is { } given && given < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeout), given, "The time that a stop may take cannot be negative; null waits for as long as it takes.");
        }

        Task<BusStopReport> stop = BeginStop(waitsForReaders: timeout is not null);
        _patience.EndAfter(timeout, Core.TimeProvider, stop, cancellationToken);
        return stop;
    }

    /// <summary>
    /// Stops the bus, and gives up what has not ended after <see cref="EventBusOptions.DisposeTimeout"/>; also where a stop was
    /// begun before. That time is the system's, whatever the bus's clock is.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task<BusStopReport> stop = BeginStop(waitsForReaders: false);
        TimeSpan timeout;
        lock (_changeLock)
            timeout = _options.DisposeTimeout;
        _patience.EndAfter(timeout, TimeProvider.System, stop, CancellationToken.None);
        await stop.ConfigureAwait(false);
    }

    private Task<BusStopReport> BeginStop(bool waitsForReaders)
    {
        lock (_changeLock)
        {
            if (_stop is not null)
                return _stop;
            bool wasCreated = State == LifecycleState.Created;
            Core.State = LifecycleState.Stopping;
            Core.RefusesPublishers = true;
            foreach (TopicRuntime topic in _topicsByName.Values)
                topic.RefusePublishers();
            // What was queued before a start is handled too.
            if (wasCreated)
                StartDispatching();
            return _stop = Task.Run(() => DrainAsync(waitsForReaders, _patience.Token), CancellationToken.None);
        }
    }

    private async Task<BusStopReport> DrainAsync(bool waitsForReaders, CancellationToken giveUp)
    {
        long started = Core.TimeProvider.GetTimestamp();
        // Publishers that did not see the bus stopping are visible inside a handler's scope from here on.
        Interlocked.MemoryBarrierProcessWide();
        foreach (BusSubscription subscription in Subscriptions())
            subscription.Queue?.BeginDrain();
        foreach (IBusMessages messages in Messages())
            messages.BeginDrain();
        bool isQuiet = true;
        try
        {
            await WhenQuietAsync(waitsForReaders, giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            isQuiet = false;
        }

        List<LeftInQueue> left = Close(isQuiet);
        await DetachAsync(giveUp).ConfigureAwait(false);
        EndTuning();
        return new BusStopReport(left.Count == 0, Core.TimeProvider.GetElapsedTime(started), left);
    }

    /// <summary>
    /// Waits until no queue has anything, no handler runs and no publisher is under way. A handler may publish into a queue
    /// that was idle a moment ago, so all have to be idle while nothing is accepted anywhere.
    /// </summary>
    private async Task WhenQuietAsync(bool waitsForReaders, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long accepted = AcceptedCount();
            foreach (BusSubscription subscription in Subscriptions())
            {
                if (subscription.Queue is { } queue)
                    await queue.WhenIdleAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!AreMessagesSettled(waitsForReaders) || HandlerScope.IsAnyInside(Core.HandlerOwner) || Core.HasRoomWaits)
                await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            else if (AcceptedCount() == accepted)
                return;
        }
    }

    private bool AreMessagesSettled(bool waitsForReaders)
    {
        bool areSettled = true;
        foreach (IBusMessages messages in Messages())
            areSettled &= messages.IsSettled(waitsForReaders);
        return areSettled;
    }

    private List<LeftInQueue> Close(bool isQuiet)
    {
        var left = new List<LeftInQueue>();
        Core.State = LifecycleState.Stopped;
        BusSubscription[] subscriptions = Subscriptions();
        IBusMessages[] messages = Messages();
        foreach (BusSubscription subscription in subscriptions)
        {
            if (Array.Exists(messages, source => source.TakesBy(subscription)))
                continue;
            LeftInQueue rest = Close(subscription);
            // Neither queued nor taken from a queue: handlers on their publishers' threads.
            if (!isQuiet && rest is { Queued: 0, InFlight: 0, Publishers: 0 })
                rest = rest with { InFlight = HandlerScope.CountInside(subscription.Core.HandlerNumber) };
            if (rest is not { Queued: 0, InFlight: 0, Publishers: 0 })
                left.Add(rest);
        }

        left.AddRange(messages.Select(static source => source.Stop()).OfType<LeftInQueue>());
        return left;
    }

    private static LeftInQueue Close(BusSubscription subscription)
    {
        if (subscription.Queue is not { } queue)
            return new LeftInQueue(subscription.Id, subscription.Name, 0, 0);
        int publishers = queue.WaitingPublisherCount;
        (int queued, int inFlight) = queue.Close();
        return new LeftInQueue(subscription.Id, subscription.Name, queued, inFlight) { Publishers = publishers };
    }

    // Ending a subscription of the engine waits for its handler, which may be one of the bus's that hangs.
    private async Task DetachAsync(CancellationToken giveUp)
    {
        EngineAttachment[] attachments = Volatile.Read(ref _attachments);
        if (attachments.Length == 0)
            return;
        Task detach = Task.Run(
            () =>
            {
                foreach (EngineAttachment attachment in attachments)
                    attachment.Dispose();
            },
            CancellationToken.None);
        try
        {
            await detach.WaitAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // It goes on by itself; what the engine still hands over is refused.
        }
    }

    private long AcceptedCount() =>
        Subscriptions().Sum(static subscription => subscription.Queue?.AcceptedCount ?? 0)
        + Messages().Sum(static messages => messages.AcceptedCount);

    private IBusMessages[] Messages()
    {
        lock (_changeLock)
            return [.. _messages];
    }
}
