using Engine.Dispatch;
using Engine.Ring.WaitStrategies;

namespace Engine.Hosting;

/// <summary>Makes the dispatcher that the options ask for.</summary>
internal static class DispatcherFactory
{
    public static Dispatcher Create(EngineOptions options, Action<DispatchLane> onLaneRemoved)
    {
        BatchSizingOptions sizing = options.BatchSizing;
        var dispatcherOptions = new DispatcherOptions(
            options.Name,
            options.DispatcherCount > 0 ? options.DispatcherCount : Math.Max(1, Environment.ProcessorCount - 1),
            options.DispatcherThreadName,
            [.. options.DispatcherAffinity],
            sizing.Mode == BatchSizingMode.Fixed
                ? () => new FixedBatchSizer(sizing.PollGap, sizing.MaxBatch)
                : () => new AdaptiveBatchSizer(sizing.LatencyBudget, sizing.LearningRate),
            options.StealAfter);
        return options.WaitStrategy switch
        {
            WaitStrategyKind.BusySpin => Dispatcher.Create(dispatcherOptions, default(BusySpinWaitStrategy), onLaneRemoved),
            WaitStrategyKind.Yielding => Dispatcher.Create(dispatcherOptions, default(YieldingWaitStrategy), onLaneRemoved),
            WaitStrategyKind.Blocking => Dispatcher.Create(dispatcherOptions, default(BlockingWaitStrategy), onLaneRemoved),
            _ => Dispatcher.Create(dispatcherOptions, new AdaptiveWaitStrategy(), onLaneRemoved),
        };
    }
}
