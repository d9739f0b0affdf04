using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;

namespace Engine.Storage.Facade;

/// <summary>
/// The durable subscriptions behind processors or publishers: one for each id, made anew where its event types change, and run again
/// where the database failed. Thread-safe.
/// </summary>
internal sealed class DurableParts(
    SqlEventStore store, string kind, DurableSubscriptionOptions options, Func<string, StoredEventAction> handlerOf,
    AttemptWaits waits, Action<string, Exception> onFault) : IDisposable
{
    private static readonly TimeSpan FaultPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changing = new(1);
    private readonly Dictionary<string, Part> _parts = [];
    private bool _isRunning;

    /// <summary>Where letters of the subscriptions that run here are delivered again.</summary>
    public IReadOnlyList<RedriveTarget> RedriveTargets
    {
        get
        {
            lock (_parts)
                return [.. _parts.Values.Select(static part => part.Subscription.RedriveTarget)];
        }
    }

    public string NameOf(string id) => $"{kind}:{id}";

    public async Task StartAsync(IReadOnlyDictionary<string, string[]> patternsById)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            _isRunning = true;
            foreach ((string id, string[] patterns) in patternsById)
                await BeginAsync(id, patterns).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Has an id get the events of some types from now on; none ends it. A running call is waited for.</summary>
    public async Task ChangeAsync(string id, string[] patterns)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isRunning)
                return;
            await EndAsync(id).ConfigureAwait(false);
            if (patterns.Length > 0)
                await BeginAsync(id, patterns).ConfigureAwait(false);
            else
                waits.Leave(NameOf(id));
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ends all.</summary>
    /// <returns>Ids whose running call did not end in time.</returns>
    public async Task<IReadOnlyList<string>> StopAsync(TimeSpan timeout)
    {
        string[] ids;
        if (!await _changing.WaitAsync(timeout).ConfigureAwait(false))
        {
            // A change waits for a handler that does not end.
            lock (_parts)
                return [.. _parts.Keys];
        }

        try
        {
            _isRunning = false;
            lock (_parts)
                ids = [.. _parts.Keys];
            Task<bool>[] ends = [.. ids.Select(id => EndAsync(id, timeout))];
            bool[] ended = await Task.WhenAll(ends).ConfigureAwait(false);
            return [.. ids.Where((_, i) => !ended[i])];
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>To be called after the stop.</summary>
    public void Dispose() => _changing.Dispose();

    private async Task BeginAsync(string id, string[] patterns)
    {
        string name = NameOf(id);
        var subscription = new DurableSubscription(store, name, patterns, options);
        // A new one has a right to all that is stored from now on.
        await subscription.PrepareAsync().ConfigureAwait(false);
        var stop = new CancellationTokenSource();
        Task run = Task.Run(() => RunAsync(id, subscription, stop.Token));
        lock (_parts)
            _parts[id] = new Part(subscription, stop, run);
    }

    private async Task<bool> EndAsync(string id, TimeSpan? timeout = null)
    {
        Part? part;
        lock (_parts)
            _parts.Remove(id, out part);
        if (part is null)
            return true;
        TimeLimit.Cancel(part.Stop);
        try
        {
            await part.Run.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            part.Stop.Dispose();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task RunAsync(string id, DurableSubscription subscription, CancellationToken cancellationToken)
    {
        StoredEventAction handler = handlerOf(id);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await subscription.RunAsync(
                    async (delivery, token) =>
                    {
                        try
                        {
                            await handler(delivery, token).ConfigureAwait(false);
                            waits.Report(delivery.Event.Id, NameOf(id), null);
                        }
                        catch (Exception error) when (!token.IsCancellationRequested)
                        {
                            waits.Report(delivery.Event.Id, NameOf(id), error);
                            throw;
                        }
                    },
                    1, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                onFault(NameOf(id), error);
                await Task.Delay(FaultPause, store.Database.TimeProvider, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private sealed record Part(DurableSubscription Subscription, CancellationTokenSource Stop, Task Run);
}
