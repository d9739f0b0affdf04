namespace Engine.Gateway.Streams;

/// <summary>
/// Wakes the streams: all of them at once, after events have come, at most once per batch delay while events come faster, and from
/// time to time for heartbeats. A publisher only sets a flag, however many streams there are.
/// </summary>
internal sealed class TailPump : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _full = new(0);
    private readonly GatewayOptions _options;
    private readonly Func<long> _readTail;
    private readonly Func<int> _readFactor;
    private readonly Action _onPulse;
    private readonly TimeSpan _pulseInterval;
    private PumpWaiter? _first;
    private PumpWaiter? _last;
    private long _pulses;
    private long _pulsedUpTo;
    private int _isWanted;
    private int _isFull;
    private volatile bool _isStopped;

    /// <param name="options">Batch delay and heartbeat.</param>
    /// <param name="readTail">Reads the newest sequence.</param>
    /// <param name="readFactor">By how much batches are longer than usual.</param>
    /// <param name="onPulse">Called before streams are woken for heartbeats; what it throws is for it to handle.</param>
    public TailPump(GatewayOptions options, Func<long> readTail, Func<int> readFactor, Action onPulse)
    {
        (_options, _readTail, _readFactor, _onPulse) = (options, readTail, readFactor, onPulse);
        _pulseInterval = TimeSpan.FromMilliseconds(Math.Clamp(options.Heartbeat.TotalMilliseconds / 8, 50, 1_000));
        Completion = Task.Run(RunAsync);
    }

    /// <summary>How often streams are woken where no events come.</summary>
    public TimeSpan PulseInterval => _pulseInterval;

    /// <summary>Ends when the pump has been stopped.</summary>
    public Task Completion { get; }

    /// <summary>Wake-ups so far. Read before looking for events.</summary>
    public long Pulses => Volatile.Read(ref _pulses);

    /// <summary>Events have come. Wakes nobody on this thread.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _isWanted, 1) == 0)
            _wake.Release();
        else if (_readTail() - Volatile.Read(ref _pulsedUpTo) >= _options.BatchEvents && Interlocked.Exchange(ref _isFull, 1) == 0)
            _full.Release();
    }

    /// <summary>Waits for the next wake-up; not at all if there has been one since the count was read.</summary>
    /// <param name="waiter">The stream's; it must not wait already.</param>
    /// <param name="pulses">The count of wake-ups, read before looking for events.</param>
    public ValueTask WaitAsync(PumpWaiter waiter, long pulses)
    {
        lock (_lock)
        {
            if (_pulses != pulses)
                return ValueTask.CompletedTask;
            if (_last is null)
                _first = waiter;
            else
                _last.Next = waiter;
            _last = waiter;
            return waiter.Arm();
        }
    }

    /// <summary>Wakes all streams now.</summary>
    public void Pulse()
    {
        Volatile.Write(ref _pulsedUpTo, _readTail());
        PumpWaiter? waiter;
        lock (_lock)
        {
            Volatile.Write(ref _pulses, _pulses + 1);
            waiter = _first;
            _first = _last = null;
        }

        while (waiter is not null)
        {
            // Once it is woken, it may stand in the next list.
            PumpWaiter? next = waiter.Next;
            waiter.Next = null;
            waiter.Wake();
            waiter = next;
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        _wake.Release();
        _full.Release();
    }

    private async Task RunAsync()
    {
        long last = Environment.TickCount64;
        long lastTimed = last;
        while (!_isStopped)
        {
            bool isWoken = await _wake.WaitAsync(_pulseInterval).ConfigureAwait(false);
            if (isWoken)
                await PaceAsync(last).ConfigureAwait(false);
            Interlocked.Exchange(ref _isWanted, 0);
            Interlocked.Exchange(ref _isFull, 0);
            last = Environment.TickCount64;
            if (last - lastTimed >= _pulseInterval.TotalMilliseconds)
            {
                lastTimed = last;
                _onPulse();
            }

            Pulse();
        }

        Pulse();
    }

    private async ValueTask PaceAsync(long last)
    {
        double wait = (_options.BatchDelay.TotalMilliseconds * _readFactor()) - (Environment.TickCount64 - last);
        if (wait >= 1 && _readTail() - _pulsedUpTo < _options.BatchEvents)
            await _full.WaitAsync(TimeSpan.FromMilliseconds(wait)).ConfigureAwait(false);
    }
}
