using Engine.Dashboard.Api;
using Engine.Gateway.Client;

namespace Engine.Dashboard.Live;

/// <summary>The newest events of a query, for one page: history first, then live ones. Bounded.</summary>
internal sealed class EventTail(ApiClient api) : IAsyncDisposable
{
    public const int MaxEvents = 40;

    private readonly LinkedList<ReceivedEvent> _events = [];
    private CancellationTokenSource? _stop;
    private Task _work = Task.CompletedTask;
    private long _seen;

    /// <summary>What became of the query, in words.</summary>
    public string State { get; private set; } = "";

    /// <summary>Whether the server refused it.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Events that are not shown any more.</summary>
    public long Omitted
    {
        get
        {
            lock (_events)
                return _seen - _events.Count;
        }
    }

    /// <summary>The events, the newest first.</summary>
    public IReadOnlyList<ReceivedEvent> Take()
    {
        lock (_events)
            return [.. _events];
    }

    /// <summary>Asks, instead of what was asked before.</summary>
    /// <param name="parameters">Those of the stream.</param>
    public async Task OpenAsync(IEnumerable<(string Name, string? Value)> parameters)
    {
        await DisposeAsync().ConfigureAwait(false);
        lock (_events)
        {
            _events.Clear();
            _seen = 0;
        }

        (State, IsRefused) = ("asking", false);
        _stop = new CancellationTokenSource();
        CancellationToken token = _stop.Token;
        (string, string?)[] asked = [.. parameters];
        _work = Task.Run(() => ReadAsync(asked, token));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stop, null) is not { } stop)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private EventStreamClientOptions Options() => new()
    {
        ApiKey = api.Key,
        OnCaughtUp = () => State = "live",
        OnGap = gap => State = $"live; {gap.Dropped ?? (gap.To - gap.From + 1)} events are missing ({gap.Reason})",
        OnDisconnected = (_, wait) => State = $"disconnected; trying again in {Math.Ceiling(wait.TotalSeconds)} s",
    };

    private async Task ReadAsync((string, string?)[] asked, CancellationToken cancellationToken)
    {
        try
        {
            var client = new EventStreamClient(api.Backend.Http, api.AddressOf("api/v1/events", asked), Options());
            await foreach (ReceivedEvent item in client.ReadAsync(cancellationToken).ConfigureAwait(false))
                Add(item);
            State = "the range is complete";
        }
        catch (OperationCanceledException)
        {
            // Something else is asked, or the page is gone.
        }
        catch (Exception error)
        {
            (State, IsRefused) = (ApiAnswer.ProblemText(error.Message), true);
        }
    }

    private void Add(ReceivedEvent item)
    {
        lock (_events)
        {
            _seen++;
            _events.AddFirst(item);
            if (_events.Count > MaxEvents)
                _events.RemoveLast();
        }
    }
}
