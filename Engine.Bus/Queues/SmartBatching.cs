using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>
/// Sizes batches by what they achieve. Too late: batches and waits shrink by the learning rate. In time, but events remain
/// behind or fewer are done per second than aimed at: they grow by it. In time and with nothing left behind: they stay.
/// <see cref="Record"/> is for runners, several at a time; <see cref="Adjust"/> for one thread at a time.
/// </summary>
internal sealed class SmartBatching(BatchOptions options, string subscription)
{
    // A shorter wait would be only a timer's error.
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(1);

    // What stands for a wait without end, for it is reckoned with.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly long _targetNanoseconds = (long)options.TargetLatency.TotalNanoseconds;
    private double _size = options.Size;
    private double _waitMilliseconds = Math.Min(options.MaxWait.TotalMilliseconds, LongestWait.TotalMilliseconds);
    private long _events;
    private long _batches;
    private long _latencySum;
    private TuningChange? _lastChange;

    /// <summary>What was changed last by the options' own strategy; null if there is none, or it was not asked yet.</summary>
    public TuningRecommendation? LastRecommendation => Volatile.Read(ref _lastChange)?.Recommendation;

    /// <summary>Events that make a batch.</summary>
    public int Size => (int)Math.Round(Volatile.Read(ref _size));

    /// <summary>How long the first event of a batch waits at most.</summary>
    public TimeSpan MaxWait => TimeSpan.FromMilliseconds(Volatile.Read(ref _waitMilliseconds));

    /// <summary>Takes the outcome of one batch.</summary>
    /// <param name="count">Its events.</param>
    /// <param name="nanoseconds">The time from the publishing of its first event to the end of the handler.</param>
    public void Record(int count, long nanoseconds)
    {
        Interlocked.Add(ref _events, count);
        Interlocked.Add(ref _latencySum, nanoseconds);
        Interlocked.Increment(ref _batches);
    }

    /// <summary>Takes one step, from what was recorded since the last one.</summary>
    /// <param name="elapsed">Since the last step.</param>
    /// <param name="queued">Events that wait now.</param>
    public void Adjust(TimeSpan elapsed, int queued)
    {
        long batches = Interlocked.Exchange(ref _batches, 0);
        long events = Interlocked.Exchange(ref _events, 0);
        long latencySum = Interlocked.Exchange(ref _latencySum, 0);
        if (batches == 0)
            return;
        if (options.Strategy is { } strategy)
        {
            var metrics = new TuningMetrics(
                subscription, elapsed, TimeSpan.FromMicroseconds(latencySum / batches / 1e3), events / elapsed.TotalSeconds, batches,
                queued, Size, MaxWait);
            Follow(strategy, metrics);
            return;
        }

        bool isBehind = queued >= Size
            || (options.TargetEventsPerSecond > 0 && events / elapsed.TotalSeconds < options.TargetEventsPerSecond && queued > 0);
        // A backlog makes events late whatever the size; smaller batches would only make it longer.
        if (isBehind)
            Scale(1 + options.LearningRate);
        else if (latencySum / batches > _targetNanoseconds)
            Scale(1 - options.LearningRate);
    }

    /// <summary>Does what a strategy recommends. It is foreign code on a timer's thread.</summary>
    private void Follow(ITuningStrategy strategy, in TuningMetrics metrics)
    {
        TuningRecommendation recommendation;
        try
        {
            recommendation = strategy.Tune(metrics);
        }
        catch (Exception exception)
        {
            recommendation = new TuningRecommendation(0, 0, $"the strategy threw {ForeignText.Of(exception)}");
        }

        if (!double.IsFinite(recommendation.BatchSizeAdjustment) || !double.IsFinite(recommendation.MaxWaitAdjustment))
            recommendation = new TuningRecommendation(0, 0, $"the strategy recommended {recommendation}, which is no number");
        Volatile.Write(ref _lastChange, new TuningChange(recommendation));
        Volatile.Write(ref _size, Math.Clamp(_size * (1 + recommendation.BatchSizeAdjustment), options.MinSize, options.MaxSize));
        SetWait(_waitMilliseconds * (1 + recommendation.MaxWaitAdjustment), LongestWait);
    }

    private void Scale(double factor)
    {
        Volatile.Write(ref _size, Math.Clamp(_size * factor, options.MinSize, options.MaxSize));
        // The wait follows at half the pace: it bounds the latency of thin traffic, the size that of dense traffic.
        SetWait(_waitMilliseconds * (1 + (factor - 1) / 2), options.TargetLatency);
    }

    private void SetWait(double milliseconds, TimeSpan most) => Volatile.Write(
        ref _waitMilliseconds,
        Math.Clamp(milliseconds, MinWait.TotalMilliseconds, Math.Max(MinWait.TotalMilliseconds, most.TotalMilliseconds)));

    private sealed record TuningChange(TuningRecommendation Recommendation);
}
