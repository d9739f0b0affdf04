using System.Net;
using Engine.Dashboard.Api;
using Engine.Gateway.Client;

namespace Engine.Dashboard.Live;

/// <summary>
/// Reads the public event stream for one page, as its user, and makes snapshots of what has come: at most four a second, however much
/// comes. <see cref="Changed"/> is raised on a thread of the feed's.
/// </summary>
internal sealed class LiveFeed(ApiClient api, TimeProvider timeProvider) : IAsyncDisposable
{
    /// <summary>Time between two snapshots at least.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private const string Path = "api/v1/events";

    private const string Types =
        "vm_rates,vm_hot_blocks,vm_page_faults,vm_console,bus_status,gateway_status,node_status,node_metrics,container_status,"
        + "container_metrics,pipeline_status,pipeline_progress,system_alert";

    private readonly LiveState _state = new();
    private CancellationTokenSource? _stop;
    private Task _work = Task.CompletedTask;
    private LiveSnapshot _current = new();

    /// <summary>There is another snapshot.</summary>
    public event Action? Changed;

    /// <summary>The last snapshot.</summary>
    public LiveSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Begins. Once, or after a stop.</summary>
    public void Start()
    {
        if (_stop is not null)
            return;
        _stop = new CancellationTokenSource();
        CancellationToken token = _stop.Token;
        _work = Task.WhenAll(Task.Run(() => ReadAsync(token)), Task.Run(() => DrawAsync(token)));
    }

    /// <summary>Begins anew, such as with another key.</summary>
    public async Task RestartAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        _state.Forget();
        _state.Change(static now => now with { NeedsKey = false, Connection = "connecting", Notice = null });
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stop, null) is not { } stop)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _state.AddStanding(await StandingEvents.ReadAsync(api).ConfigureAwait(false));
            var client = new EventStreamClient(api.Backend.Http, api.AddressOf(Path, [("limit", "300"), ("type", Types)]), Options());
            await foreach (ReceivedEvent item in client.ReadAsync(cancellationToken).ConfigureAwait(false))
                _state.Add(item);
            Say("ended");
        }
        catch (OperationCanceledException)
        {
            // The page is gone.
        }
        catch (HttpRequestException error) when (error.StatusCode == HttpStatusCode.Unauthorized)
        {
            _state.Change(static now => now with { NeedsKey = true, Connection = "a key is needed" });
        }
        catch (Exception error)
        {
            Say($"not connected: {ApiAnswer.ProblemText(error.Message)}");
        }
    }

    private EventStreamClientOptions Options() => new()
    {
        ApiKey = api.Key,
        MaxBackoff = TimeSpan.FromSeconds(5),
        OnCaughtUp = () => Say("live"),
        OnGap = gap => Notice($"{gap.Dropped ?? (gap.To - gap.From + 1)} events are missing ({gap.Reason})"),
        OnReset = _ =>
        {
            _state.Forget();
            Notice("the server has begun anew");
        },
        OnDisconnected = (_, wait) => Say($"disconnected; trying again in {Math.Ceiling(wait.TotalSeconds)} s"),
    };

    private async Task DrawAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, timeProvider);
        try
        {
            do
            {
                if (_state.TakeSnapshot() is not { } snapshot)
                    continue;
                Volatile.Write(ref _current, snapshot);
                Tell();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The page is gone.
        }
    }

    private void Tell()
    {
        try
        {
            Changed?.Invoke();
        }
        catch (ObjectDisposedException)
        {
            // A page that is just being closed; the others get the next snapshot.
        }
    }

    private void Say(string connection) => _state.Change(now => now with { Connection = connection });

    private void Notice(string text) => _state.Change(now => now with { Notice = text });
}
