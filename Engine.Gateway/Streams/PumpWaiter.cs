using System.Threading.Tasks.Sources;

namespace Engine.Gateway.Streams;

/// <summary>
/// How one stream waits for the pump, again and again, without allocating. The stream arms it; whoever comes first of the pump and the
/// stream's abort wakes it, exactly once: they exchange <c>_isArmed</c>, and only who finds it set completes the wait. It is armed
/// again only when the wait has been completed, and then not after an abort, so it stands in the pump's list once at most.
/// </summary>
internal sealed class PumpWaiter : IValueTaskSource
{
    // On another thread: who wakes has others to wake.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _isArmed;

    /// <summary>The next one in the pump's list; the pump's.</summary>
    public PumpWaiter? Next { get; set; }

    /// <summary>Begins a wait. By the stream, with the pump's lock held.</summary>
    public ValueTask Arm()
    {
        _core.Reset();
        Volatile.Write(ref _isArmed, 1);
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Ends the wait, if there is one. May be called from any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isArmed, 0) != 0)
            _core.SetResult(true);
    }

    public void GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
