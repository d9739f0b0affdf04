using System.Globalization;

namespace Engine.Bus.Queues;

/// <summary>
/// Chooses the mode of a subscription. A handler stays on the publisher's thread while it is short and takes little of
/// that thread's time; otherwise it goes to the pool, in batches where events come so fast that waking up for each would
/// cost more than the wait. To come back, a measure has to fall to half of what sent the handler away, and a change has to be right
/// three times running (hysteresis). A handler that returns a task is never on the publisher's thread; for it the rate of events
/// alone decides. <see cref="Evaluate"/> is called by one thread at a time, the rest by any.
/// </summary>
/// <param name="isAsync">Whether the handler may not run on publishers' threads.</param>
internal sealed class AdaptiveMode(bool isAsync = false)
{
    /// <summary>A handler that takes longer leaves the publisher's thread.</summary>
    public const double MaxInlineCostNanoseconds = 20_000;

    /// <summary>A handler that takes a larger share of the time leaves the publisher's thread.</summary>
    public const double MaxInlineLoad = 0.1;

    /// <summary>From so many events per second on they are handed over in batches.</summary>
    public const double MinBatchRate = 20_000;

    /// <summary>How often running a change has to be right.</summary>
    public const int ConfirmationCount = 3;

    private const double Smoothing = 0.25;

    private double _inlineCost;
    private double _cost;
    private long _lastArrivals;
    private long _lastHandled;
    private long _lastNanoseconds;
    private ProcessingMode _candidate;
    private int _confirmations;

    /// <summary>What is chosen now.</summary>
    public ProcessingMode Mode { get; private set; } = isAsync ? ProcessingMode.Async : ProcessingMode.Sync;

    /// <summary>Why, in words.</summary>
    public string Reason { get; private set; } = "Nothing has been measured yet.";

    /// <summary>Takes the duration of a call on a publisher's thread. Several threads may write over each other's; it is a mean.</summary>
    public void RecordCost(long nanoseconds)
    {
        double mean = Volatile.Read(ref _inlineCost);
        Volatile.Write(ref _inlineCost, mean == 0 ? nanoseconds : mean + Smoothing * (nanoseconds - mean));
    }

    /// <summary>Looks at what came and was handled since the last call.</summary>
    /// <param name="arrivals">Events that came so far.</param>
    /// <param name="handled">Events handled on the pool so far.</param>
    /// <param name="nanoseconds">The time that took.</param>
    /// <param name="elapsed">Since the last call.</param>
    /// <returns>The new mode; null if it stays.</returns>
    public ProcessingMode? Evaluate(long arrivals, long handled, long nanoseconds, TimeSpan elapsed)
    {
        double rate = (arrivals - _lastArrivals) / elapsed.TotalSeconds;
        UpdateCost(handled - _lastHandled, nanoseconds - _lastNanoseconds);
        (_lastArrivals, _lastHandled, _lastNanoseconds) = (arrivals, handled, nanoseconds);
        // Without events there is nothing to judge by.
        if (rate == 0 || (_cost == 0 && !isAsync))
            return null;

        ProcessingMode choice = Choose(rate);
        _confirmations = choice == _candidate ? _confirmations + 1 : 1;
        _candidate = choice;
        if (choice == Mode)
        {
            Reason = Explain(choice, rate);
            return null;
        }

        if (_confirmations < ConfirmationCount)
            return null;
        Mode = choice;
        Reason = Explain(choice, rate);
        return choice;
    }

    private void UpdateCost(long handled, long nanoseconds)
    {
        if (handled > 0)
        {
            double mean = (double)nanoseconds / handled;
            _cost = _cost == 0 ? mean : _cost + Smoothing * (mean - _cost);
            // What was measured on publishers' threads long ago must not decide when the handler is back there.
            Volatile.Write(ref _inlineCost, 0);
        }
        else if (Volatile.Read(ref _inlineCost) is > 0 and double inlineCost)
        {
            _cost = inlineCost;
        }
    }

    private ProcessingMode Choose(double rate)
    {
        // What has been chosen is left only at half of the threshold.
        double inlineFactor = Mode == ProcessingMode.Sync ? 1 : 0.5;
        double batchFactor = Mode == ProcessingMode.Batch ? 0.5 : 1;
        if (!isAsync && _cost <= MaxInlineCostNanoseconds * inlineFactor && LoadAt(rate) <= MaxInlineLoad * inlineFactor)
            return ProcessingMode.Sync;
        return rate >= MinBatchRate * batchFactor ? ProcessingMode.Batch : ProcessingMode.Async;
    }

    private double LoadAt(double rate) => _cost * rate / 1e9;

    private string Explain(ProcessingMode mode, double rate)
    {
        if (isAsync)
        {
            string came = string.Create(CultureInfo.InvariantCulture, $"{rate:#,0} events/s come");
            return mode == ProcessingMode.Batch ? $"{came}: enough for batches." : $"{came}: not enough for batches.";
        }

        string measured = string.Create(CultureInfo.InvariantCulture,
            $"The handler takes {_cost / 1000:0.0} us, {rate:#,0} events/s come, which is {LoadAt(rate):0.0 %} of one thread");
        return mode switch
        {
            ProcessingMode.Sync => $"{measured}: little enough for the publisher's thread.",
            ProcessingMode.Batch => $"{measured}: too much for the publisher's thread, and enough events for batches.",
            _ => $"{measured}: too much for the publisher's thread.",
        };
    }
}
