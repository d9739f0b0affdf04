using Engine.Primitives;
using static System.FormattableString;

namespace Engine.Bus.Handlers;

/// <summary>What a handler did. While it is running, the figures may be of slightly different moments.</summary>
/// <param name="Succeeded">Calls that ended without exception.</param>
/// <param name="Failed">Calls that ended with an exception.</param>
/// <param name="Cancelled">Calls that ended by cancellation, which is no failure.</param>
/// <param name="Retried">Tries after the first one that a <see cref="RetryEventHandler{T}"/> inside made; 0 if there is none.</param>
/// <param name="Time">
/// How long calls took, however they ended; with the waits and tries of a <see cref="RetryEventHandler{T}"/> inside.
/// </param>
/// <param name="MeanNanoseconds">The mean of those times, exact; 0 if there were none.</param>
public readonly record struct HandlerStatistics(
    long Succeeded, long Failed, long Cancelled, long Retried, DurationDistribution Time, double MeanNanoseconds)
{
    /// <summary>Calls that have ended.</summary>
    public long Processed => Succeeded + Failed + Cancelled;

    /// <summary>One line.</summary>
    public override string ToString() => Invariant(
        $"{Succeeded:N0} succeeded, {Failed:N0} failed, {Cancelled:N0} cancelled, {Retried:N0} retried, ")
        + Invariant($"mean {MeanNanoseconds / 1e6:0.###} ms");
}
