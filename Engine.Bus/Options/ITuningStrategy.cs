namespace Engine.Bus;

/// <summary>
/// Decides how the batches of a subscription change, in the place of the built-in rule. Called every 100 ms for each subscription that
/// handled a batch meanwhile, by one thread at a time, on a thread of the pool. It must not block. What it throws changes nothing and
/// is shown as its recommendation.
/// </summary>
public interface ITuningStrategy
{
    /// <summary>Recommends a change.</summary>
    /// <param name="metrics">What was measured since the last call.</param>
    TuningRecommendation Tune(in TuningMetrics metrics);
}

/// <summary>What a <see cref="ITuningStrategy"/> knows of a subscription.</summary>
/// <param name="Subscription">Its name.</param>
/// <param name="Elapsed">Since the last call.</param>
/// <param name="AverageLatency">Mean time from publishing the first event of a batch to the end of its handler.</param>
/// <param name="EventsPerSecond">Events handled.</param>
/// <param name="Batches">Batches handled.</param>
/// <param name="Queued">Events that wait now.</param>
/// <param name="BatchSize">Events that make a batch at present.</param>
/// <param name="BatchMaxWait">How long the first event of a batch waits at most at present.</param>
public readonly record struct TuningMetrics(
    string Subscription, TimeSpan Elapsed, TimeSpan AverageLatency, double EventsPerSecond, long Batches, int Queued, int BatchSize,
    TimeSpan BatchMaxWait);

/// <summary>
/// What a strategy wants changed. It is kept within <see cref="BatchOptions.MinSize"/> and <see cref="BatchOptions.MaxSize"/>.
/// </summary>
/// <param name="BatchSizeAdjustment">By which share the size of batches is to change: 0.1 for a tenth more, -0.1 for a tenth less.</param>
/// <param name="MaxWaitAdjustment">By which share their wait is to change.</param>
/// <param name="Reason">Why, for whoever reads the statistics.</param>
public readonly record struct TuningRecommendation(double BatchSizeAdjustment, double MaxWaitAdjustment = 0, string? Reason = null);
