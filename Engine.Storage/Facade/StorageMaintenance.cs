using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;

namespace Engine.Storage.Facade;

/// <summary>
/// What has to be done by itself beside the work: publishes the outbox into the store, removes what is too old, tries dead letters again if
/// that is asked for, and watches for alerts. A chore that fails is told of and done again the next time. Thread-safe.
/// </summary>
internal sealed class StorageMaintenance : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    private readonly EventDrivenStorage _storage;
    private readonly EventDrivenConfig _config;
    private readonly Func<IReadOnlyList<RedriveTarget>> _targets;
    private readonly Action<string, Exception> _onFault;
    private readonly Action<StorageAlert> _onAlert;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _raised = [];
    private OutboxStatistics? _outbox;
    private DeadLetterStatistics? _letters;
    private Task _chores = Task.CompletedTask;
    private Task _redriving = Task.CompletedTask;

    public StorageMaintenance(
        EventDrivenStorage storage, EventDrivenConfig config, Func<IReadOnlyList<RedriveTarget>> targets,
        Action<string, Exception> onFault, Action<StorageAlert> onAlert)
    {
        _storage = storage;
        _config = config;
        _targets = targets;
        _onFault = onFault;
        _onAlert = onAlert;
        Dispatcher = new OutboxDispatcher(storage.Outbox, OutboxPublisher.To(storage.Events));
    }

    public OutboxDispatcher Dispatcher { get; }

    /// <summary>What was known of the outbox at the last look; null before the first.</summary>
    public OutboxStatistics? Outbox => Volatile.Read(ref _outbox);

    /// <summary>What was known of the dead letters at the last look; null before the first.</summary>
    public DeadLetterStatistics? Letters => Volatile.Read(ref _letters);

    public void Start()
    {
        Dispatcher.Start();
        _chores = Task.Run(() => RepeatAsync(Interval, RunAsync));
        if (_config.DeadLetters.Interval > TimeSpan.Zero)
            _redriving = Task.Run(() => RepeatAsync(_config.DeadLetters.Interval, RedriveAsync));
    }

    /// <summary>Does everything once that is done each minute.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await TryAsync("event retention", async () =>
        {
            if (_storage.Retention.IsUnlimited)
                return;
            await _storage.Events.TrimAsync(_storage.Retention, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await TryAsync("dead letter retention", async () =>
            await _storage.DeadLetters.TrimAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await TryAsync("handled event retention", async () =>
            await _storage.Handled.TrimAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await TryAsync("alerts", () => WatchAsync(cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Tries dead letters again whose time has come.</summary>
    public Task RedriveAsync(CancellationToken cancellationToken) => TryAsync("dead letters", async () =>
    {
        var redriver = new DeadLetterRedriver(_storage.DeadLetters, _targets());
        await redriver.ProcessAsync(_config.DeadLetters.MaxRetries, _config.DeadLetters.BatchSize, cancellationToken)
            .ConfigureAwait(false);
    });

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    /// <summary>Ends it. Whoever is told of faults and alerts, and does not return, is left behind.</summary>
    /// <returns>Whether it has ended.</returns>
    public async Task<bool> StopAsync(TimeSpan timeout)
    {
        TimeLimit.Cancel(_stop);
        Task all = Task.WhenAll(Dispatcher.DisposeAsync().AsTask(), _chores, _redriving);
        // What was cancelled ends soon, and the database is closed after it.
        TimeSpan wait = timeout > LeastPatience ? TimeEnds.Waitable(timeout) : LeastPatience;
        await Task.WhenAny(all, Task.Delay(wait)).ConfigureAwait(false);
        return all.IsCompleted;
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        OutboxStatistics outbox = await _storage.Outbox.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _outbox, outbox);
        Watch("outbox", outbox.IsAlert,
            $"{outbox.Pending} rows wait, the oldest for {outbox.OldestPendingAge}; {outbox.GivenUp} were given up");
        DeadLetterStatistics letters = await _storage.DeadLetters.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _letters, letters);
        Watch("dead letters", letters.IsAlert,
            $"{letters.Count} letters, the oldest {letters.OldestAge} old; {letters.Exhausted} exhausted");
    }

    private void Watch(string part, bool isAlert, string text)
    {
        if (isAlert ? _raised.Add(part) : _raised.Remove(part))
            _onAlert(new StorageAlert(part, !isAlert, text));
    }

    private async Task RepeatAsync(TimeSpan interval, Func<CancellationToken, Task> chore)
    {
        try
        {
            using var timer = new PeriodicTimer(interval, _storage.Database.TimeProvider);
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                await chore(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task TryAsync(string name, Func<Task> chore)
    {
        try
        {
            await chore().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            _onFault(name, error);
        }
    }
}

/// <summary>That too much has gathered somewhere, or that this is over.</summary>
/// <param name="Part">Where: outbox or dead letters.</param>
/// <param name="IsCleared">Whether it is over.</param>
/// <param name="Text">How much.</param>
public sealed record StorageAlert(string Part, bool IsCleared, string Text);
