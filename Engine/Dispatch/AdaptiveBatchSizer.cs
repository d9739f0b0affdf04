using Engine.Primitives;

namespace Engine.Dispatch;

/// <summary>
/// Sizes the poll gap and the largest batch from what the worker measures.
/// <code>
/// Why a gap     Each look at a cursor takes its cache line away from the producer for one core-to-core transfer. A
///               dispatcher that looks without pause makes the producer pay that for every few events; one that
///               waits a little finds long batches, and the producer runs at the speed of its own cache.
///
/// Thin traffic  If half the latency budget would not collect 8 events, waiting gains nothing: gap 0.
/// Dense         The gap is 16 times what a look costs, so that looking takes at most about 6 % of the producer's
///               time, whether the cores are near (100 ns) or far (550 ns): at least 2 microseconds, at most half the budget.
/// Full rings    If a ring was found more than a quarter full, the gap shrinks in proportion, so that no producer stalls
///               because the dispatcher waited.
/// Largest batch What can be handled in the other half of the budget, so that one lane's flood holds up the others
///               no longer than that.
///
/// Learning      Each measurement moves the estimates, and each decision the gap, by the learning rate: 0.2 follows a
///               change within about ten looks. A measured time counts as at most four times its estimate, so that one
///               round from which the host took the core for milliseconds moves little.
/// </code>
/// </summary>
internal sealed class AdaptiveBatchSizer : BatchSizer
{
    private const int ThinEvents = 8;
    private const int PollCostMultiple = 16;
    private const double FullRing = 0.25;
    private const int SmallestMaxBatch = 64;
    private const int LargestMaxBatch = 1 << 16;
    private const int OutlierMultiple = 4;

    private static readonly long ShortestGapTicks = MonotonicClock.FromMicroseconds(2);

    private readonly double _halfBudgetTicks;
    private readonly double _learningRate;
    private double _eventsPerTick;
    private double _ticksPerEvent;
    private double _pollTicks;
    private double _gapTicks;

    public AdaptiveBatchSizer(TimeSpan latencyBudget, double learningRate)
    {
        _halfBudgetTicks = MonotonicClock.FromTimeSpan(latencyBudget) / 2.0;
        _learningRate = learningRate;
        MaxBatch = LargestMaxBatch;
    }

    public override void Record(in PollSample sample)
    {
        Learn(ref _eventsPerTick, sample.BacklogEvents / (double)Math.Max(1, sample.PeriodTicks));
        LearnTime(ref _pollTicks, sample.PollTicks);
        if (sample.DispatchedEvents > 0)
        {
            LearnTime(ref _ticksPerEvent, sample.DispatchTicks / (double)sample.DispatchedEvents);
            MaxBatch = (int)Math.Clamp(_halfBudgetTicks / Math.Max(_ticksPerEvent, 1e-3), SmallestMaxBatch, LargestMaxBatch);
        }

        Learn(ref _gapTicks, WantedGap(sample));
        PollGapTicks = _gapTicks < ShortestGapTicks / 8.0 ? 0 : (long)_gapTicks;
    }

    private double WantedGap(in PollSample sample)
    {
        if (_eventsPerTick * _halfBudgetTicks < ThinEvents)
            return 0;
        double gap = Math.Clamp(_pollTicks * PollCostMultiple, Math.Min(ShortestGapTicks, _halfBudgetTicks), _halfBudgetTicks);
        return sample.LargestFill > FullRing
            ? Math.Min(gap, sample.PeriodTicks * FullRing / sample.LargestFill)
            : gap;
    }

    private void LearnTime(ref double estimate, double measured) =>
        Learn(ref estimate, estimate == 0 ? measured : Math.Min(measured, estimate * OutlierMultiple));

    private void Learn(ref double estimate, double measured) => estimate += _learningRate * (measured - estimate);
}
