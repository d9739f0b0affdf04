namespace Engine.Primitives;

/// <summary>
/// A token for code of others that is cancelled when a time is over. A source that cancels itself by its timer calls what was registered
/// with its token on the timer's thread, where an exception ends the process; here that runs on the pool, and what it throws is
/// dropped. Thread-safe.
/// </summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenSource _timer = new();
    private readonly CancellationTokenRegistration _onTime;

    /// <summary>Makes a limit whose time has not begun.</summary>
    /// <param name="outer">Cancels it too.</param>
    public TimeLimit(CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _onTime = _timer.Token.UnsafeRegister(static source => Cancel((CancellationTokenSource)source!), _source);
    }

    /// <summary>Makes a limit.</summary>
    /// <param name="after">When the time is over; at most 49 days.</param>
    /// <param name="outer">Cancels it too.</param>
    public TimeLimit(TimeSpan after, CancellationToken outer)
        : this(outer) => Begin(after);

    /// <summary>The token.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the time is over, or it was cancelled from outside.</summary>
    public bool IsOver => _source.IsCancellationRequested;

    /// <summary>
    /// Cancels a source whose token code of others has: on the pool, so that it holds up nobody, and without what the registered callbacks
    /// throw.
    /// </summary>
    public static void Cancel(CancellationTokenSource source) => _ = source.CancelAsync().ContinueWith(
        static callbacks => _ = callbacks.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Lets the time begin, or begin again.</summary>
    public void Begin(TimeSpan after) => _timer.CancelAfter(after);

    /// <summary>Ends the time; the token is not cancelled by it any more.</summary>
    public void Dispose()
    {
        // Waits for the callback where it runs: it needs the source.
        _onTime.Dispose();
        _timer.Dispose();
        _source.Dispose();
    }
}
