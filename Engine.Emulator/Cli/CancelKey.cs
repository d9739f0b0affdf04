using Engine.Hosting;

namespace Engine.Emulator.Cli;

/// <summary>
/// What Ctrl+C does during a run. Pressed once: the guest stops, and the handlers have <see cref="DrainTime"/> for the events that are
/// left. A guest that is stalled behind a handler and has not stopped after <see cref="Patience"/> is let go by ending the engine.
/// Pressed twice: the run ends at once, whatever is left. Pressed again: the process ends as the system does it.
/// </summary>
internal sealed class CancelKey : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Machine _machine;
    private readonly EventEngine _engine;
    private readonly CancellationTokenSource _drain = new();
    private readonly Timer _patience;
    private int _presses;

    public CancelKey(Machine machine, EventEngine engine)
    {
        _machine = machine;
        _engine = engine;
        _patience = new Timer(_ => StopAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Console.CancelKeyPress += OnPressed;
    }

    /// <summary>Stops the engine; its events are dispatched in the engine's stop time-out, or in what Ctrl+C leaves of it.</summary>
    public Task<StopReport> StopAsync() => _engine.StopAsync(cancellationToken: _drain.Token);

    public void Dispose()
    {
        Console.CancelKeyPress -= OnPressed;
        // Neither the token's source nor the timer is disposed: the key may be pressed at this moment, on another thread.
        _patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void OnPressed(object? sender, ConsoleCancelEventArgs key)
    {
        int presses = Interlocked.Increment(ref _presses);
        key.Cancel = presses <= 2;
        try
        {
            _machine.RequestStop();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended, and what is left is dispatched.
        }

        if (presses == 1)
        {
            _patience.Change(Patience, Timeout.InfiniteTimeSpan);
            _drain.CancelAfter(Patience + DrainTime);
        }
        else if (presses == 2)
        {
            _drain.Cancel();
            StopAsync();
        }
    }
}
