using Engine.Primitives;

namespace Engine.Hosting;

/// <summary>How a dispatcher sizes its batches and the gap between two looks at the rings.</summary>
public enum BatchSizingMode
{
    /// <summary>Sized from measurement, within a latency budget.</summary>
    Adaptive,

    /// <summary>Fixed.</summary>
    Fixed,
}

/// <summary>Options of batch sizing.</summary>
public sealed class BatchSizingOptions
{
    /// <summary>Which of the options below apply.</summary>
    public BatchSizingMode Mode { get; set; } = BatchSizingMode.Adaptive;

    /// <summary>
    /// Adaptive: how long an event may wait for its handler when there is more to do than can be done at once. Half of it
    /// may pass between two looks at the rings, half in the batch before. 1 microsecond to 1 s.
    /// </summary>
    public TimeSpan LatencyBudget { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <summary>Adaptive: how far one measurement moves the estimates, above 0, at most 1.</summary>
    public double LearningRate { get; set; } = 0.2;

    /// <summary>Fixed: the most events of one batch, 1 to 1,048,576.</summary>
    public int MaxBatch { get; set; } = 1024;

    /// <summary>Fixed: the wait between two looks at the rings while events are flowing, 0 to 1 s.</summary>
    public TimeSpan PollGap { get; set; } = TimeSpan.FromMicroseconds(2);

    internal static OptionTable<BatchSizingOptions> Ranges { get; } = new OptionTable<BatchSizingOptions>("batch sizing")
        .With(nameof(LatencyBudget), OptionRange.Of(TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(1)), static o => o.LatencyBudget)
        .With(nameof(LearningRate), OptionRange.Above(0, 1.0), static o => o.LearningRate)
        .With(nameof(MaxBatch), OptionRange.Of(1, 1 << 20), static o => o.MaxBatch)
        .With(nameof(PollGap), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromSeconds(1)), static o => o.PollGap);
}
