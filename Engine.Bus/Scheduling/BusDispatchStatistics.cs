using static System.FormattableString;

namespace Engine.Bus;

/// <summary>The counters of a bus's dispatchers.</summary>
/// <param name="DispatcherCount">Dispatchers, those included that were added because handlers blocked others.</param>
/// <param name="ActiveCount">Those at work now.</param>
/// <param name="TurnCount">Times a subscription's queue was served.</param>
/// <param name="StealCount">Those of them in which a dispatcher served what waited for another.</param>
/// <param name="ReadyCount">Queues that wait for a dispatcher now.</param>
public sealed record BusDispatchStatistics(int DispatcherCount, int ActiveCount, long TurnCount, long StealCount, int ReadyCount)
{
    /// <summary>One line.</summary>
    public override string ToString() =>
        Invariant($"dispatchers: {ActiveCount:N0} of {DispatcherCount:N0} active, {TurnCount:N0} turns, ")
        + Invariant($"{StealCount:N0} stolen, {ReadyCount:N0} queues ready");
}
