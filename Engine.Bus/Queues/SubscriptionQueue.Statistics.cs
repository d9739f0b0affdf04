using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>What was counted and measured.</summary>
internal sealed partial class SubscriptionQueue
{
    /// <summary>Events in the handler now.</summary>
    public int InFlightCount => Counters().Sum(static runner => Volatile.Read(ref runner.InFlight));

    /// <summary>Publishers that wait for room.</summary>
    public int WaitingPublisherCount => _partitions.Sum(static partition => partition.Rings.WaitingCount);

    /// <summary>Queued events that were handed to the handler.</summary>
    public long HandedCount => Counters().Sum(static runner => runner.HandedCount);

    public QueueStatistics GetStatistics()
    {
        RunnerCounters[] runners = [.. Counters()];
        RingLedger ledger = default;
        foreach (QueuePartition partition in _partitions)
            ledger += partition.Rings.Ledger;
        return new QueueStatistics(
            CurrentMode,
            Adaptive?.Reason,
            ledger.Published - ledger.DroppedIncoming,
            ledger.Rejected,
            ledger.DroppedIncoming,
            ledger.DroppedOldest,
            runners.Sum(static runner => runner.SucceededCount),
            runners.Sum(static runner => runner.FailedCount),
            runners.Sum(static runner => runner.DiscardedCount) + Volatile.Read(ref _discarded),
            Volatile.Read(ref _retries),
            (int)ledger.Buffered,
            (int)Math.Min(_partitions.Sum(static partition => partition.Rings.Bound), int.MaxValue),
            InFlightCount,
            BatchSize,
            BatchMaxWait,
            DurationDistribution.Of([.. runners.Select(static runner => runner.HandlerTimes), _inlineTimes]),
            DurationDistribution.Of(runners.Select(static runner => runner.Latencies)))
        {
            Recommendation = Batching?.LastRecommendation,
        };
    }

    private IEnumerable<RunnerCounters> Counters()
    {
        foreach (QueuePartition partition in _partitions)
        {
            foreach (RunnerCounters runner in partition.Counters.ToArray())
                yield return runner;
        }
    }

    private (long Count, long Ticks) HandlerTotals()
    {
        long count = 0;
        long ticks = 0;
        foreach (RunnerCounters runner in Counters())
        {
            count += runner.SucceededCount + runner.FailedCount;
            ticks += runner.HandlerTicks;
        }

        return (count, ticks);
    }
}
