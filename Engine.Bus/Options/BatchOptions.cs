namespace Engine.Bus;

/// <summary>How subscriptions in batch mode collect events.</summary>
public sealed class BatchOptions
{
    /// <summary>
    /// Events that make a batch: full ones are handed over at once. <see cref="BusSubscriptionOptions.Unlimited"/> for as many as come
    /// within <see cref="MaxWait"/>.
    /// </summary>
    public int Size { get; set; } = 64;

    /// <summary>The least that <see cref="IsAdaptive"/> may make of <see cref="Size"/>.</summary>
    public int MinSize { get; set; } = 1;

    /// <summary>The most that <see cref="IsAdaptive"/> may make of <see cref="Size"/>.</summary>
    public int MaxSize { get; set; } = 1024;

    /// <summary>
    /// How long the first event of a batch waits for others at most. <see cref="BusSubscriptionOptions.UnlimitedWait"/> for until it is
    /// full.
    /// </summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether size and wait follow the measured latency and throughput.</summary>
    public bool IsAdaptive { get; set; }

    /// <summary>What adaptive batches aim at: the time from publishing to the end of the handler.</summary>
    public TimeSpan TargetLatency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What adaptive batches aim at: events per second; 0 for as many as come.</summary>
    public double TargetEventsPerSecond { get; set; }

    /// <summary>How far one step changes the size of adaptive batches, as a share of it: above 0, at most 1.</summary>
    public double LearningRate { get; set; } = 0.1;

    /// <summary>
    /// What decides how adaptive batches change; null for the built-in rule, by the targets and the learning rate. Set in code.
    /// </summary>
    public ITuningStrategy? Strategy { get; set; }

    internal BatchOptions Copy() => new()
    {
        Size = Size,
        MinSize = MinSize,
        MaxSize = MaxSize,
        MaxWait = MaxWait,
        IsAdaptive = IsAdaptive,
        TargetLatency = TargetLatency,
        TargetEventsPerSecond = TargetEventsPerSecond,
        LearningRate = LearningRate,
        Strategy = Strategy,
    };
}
