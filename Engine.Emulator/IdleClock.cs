namespace Engine.Emulator;

/// <summary>
/// How long the guest has been idle by the host's clock, in the machine's ticks of 100 ns. What a wait lasts longer than it should is
/// kept and makes the next ones shorter, so that many short waits add up to what they should. Belongs to the machine's thread, but
/// for <see cref="Interrupt"/>.
/// </summary>
/// <param name="timeProvider">The host's clock.</param>
internal sealed class IdleClock(TimeProvider timeProvider)
{
    // Input is looked for at least so often; so long a key press may wait. The host sleeps no shorter than about a millisecond.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // After a longer oversleep, such as a suspended host, the guest does not catch up.
    private const ulong MaxCarryTicks = TimeSpan.TicksPerSecond;

    private readonly object _gate = new();
    private bool _isInterrupted;
    private long _since;
    private bool _isIdle;
    private ulong _carry;

    /// <summary>Ticks since the guest became idle, which is now if it was not.</summary>
    public ulong Elapsed
    {
        get
        {
            long now = timeProvider.GetTimestamp();
            if (!_isIdle)
                (_since, _isIdle) = (now, true);
            return (ulong)timeProvider.GetElapsedTime(_since, now).Ticks + _carry;
        }
    }

    /// <summary>Sleeps for a moment, a shorter one where so little is left.</summary>
    public void Wait(ulong ticks)
    {
        lock (_gate)
        {
            if (!_isInterrupted)
                Monitor.Wait(_gate, ticks <= (ulong)ShortestWait.Ticks ? ShortestWait : LongestWait);
            _isInterrupted = false;
        }
    }

    /// <summary>Ends a wait, or the next one at once. May be called from any thread.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            _isInterrupted = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The guest was idle for so long and goes on.</summary>
    public void End(ulong ticks)
    {
        ulong elapsed = Elapsed;
        _carry = Math.Min(elapsed - Math.Min(elapsed, ticks), MaxCarryTicks);
        _isIdle = false;
    }

    /// <summary>The guest goes on, and what was waited counts for nothing.</summary>
    public void Reset() => (_isIdle, _carry) = (false, 0);
}
