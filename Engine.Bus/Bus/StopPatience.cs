using System.Diagnostics.CodeAnalysis;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>How long a stop is waited for: until the first of all who asked for it has lost patience. Thread-safe.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and no wait handle, so there is nothing to dispose of.")]
internal sealed class StopPatience
{
    // Longer than a timer can wait is as long as it takes.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource _end = new();

    /// <summary>Cancelled when the stop is to give up what has not ended.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Somebody asks for the stop.</summary>
    /// <param name="timeout">How long it may take; null for as long as it takes.</param>
    /// <param name="timeProvider">The clock of the time-out.</param>
    /// <param name="stop">The stop.</param>
    /// <param name="cancellationToken">Ends the wait as the time-out does.</param>
    public void EndAfter(TimeSpan? timeout, TimeProvider timeProvider, Task stop, CancellationToken cancellationToken)
    {
        if (stop.IsCompleted || (timeout is null && !cancellationToken.CanBeCanceled))
            return;
        CancellationTokenSource timer = timeout is { } time && time < LongestTimer
            ? new CancellationTokenSource(time, timeProvider)
            : new CancellationTokenSource();
        // On the pool: what the stop does then is none of the caller's that cancels.
        CancellationTokenRegistration byTimer = timer.Token.UnsafeRegister(End, _end);
        CancellationTokenRegistration byCaller = cancellationToken.UnsafeRegister(End, _end);
        stop.ContinueWith(
            _ =>
            {
                byTimer.Dispose();
                byCaller.Dispose();
                timer.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static void End(object? source) => TimeLimit.Cancel((CancellationTokenSource)source!);
}
