using System.Diagnostics;
using System.Runtime;
using Engine.Bench.Support;

namespace Engine.Bench.Gate.Measuring;

/// <summary>
/// Measures two builds of one benchmark against each other in this process: warms all copies up by turns, sizes a batch,
/// and runs batches as base, head, head, base, so that a drift of the machine's speed within such a quad hits both alike.
/// A copy's time is the median over its rounds; <see cref="CopyTimes"/> compares the copies.
/// </summary>
internal sealed class PairMeasurement(
    IReadOnlyList<GateSession> baseCopies, IReadOnlyList<GateSession> headCopies, bool headFirst, Func<long> clock, MeasurementPlan plan)
{
    private const int CalibrationBatches = 9;
    private const int AllocationBatches = 3;
    private const int MaxSegments = 10_000;
    private const int MeterReads = 1_000;

    public ProcessSample Run()
    {
        double warmUp = WarmUp();
        double meterCost = MeasureMeterCost();
        int segments = SizeBatch(meterCost);
        int roundCount = Math.Max(1, plan.Quads / baseCopies.Count);
        Round[] rounds = [.. Enumerable.Range(0, roundCount).Select(_ => RunRound(segments, segments * meterCost))];
        double nanoseconds = Statistics.Median(rounds.Select(static round => round.Mean)) / segments;
        double[] baseTimes = TimesOfCopies(rounds, static round => round.Base);
        double[] headTimes = TimesOfCopies(rounds, static round => round.Head);
        return new ProcessSample(
            CopyTimes.Ratio(baseTimes, headTimes),
            Statistics.Median(baseTimes) * nanoseconds / baseCopies[0].OperationsPerSegment,
            Statistics.Median(headTimes) * nanoseconds / headCopies[0].OperationsPerSegment,
            baseCopies.Min(BytesPerOperation),
            headCopies.Min(BytesPerOperation),
            segments,
            warmUp);
    }

    /// <summary>One quad of each pair of copies.</summary>
    private Round RunRound(int segments, double meterCost)
    {
        var baseTimes = new double[baseCopies.Count];
        var headTimes = new double[headCopies.Count];
        for (int copy = 0; copy < baseCopies.Count; copy++)
        {
            // The build that was loaded first also leads each quad: the swap of the order from process to process covers both.
            (GateSession outer, GateSession inner) = headFirst
                ? (headCopies[copy], baseCopies[copy])
                : (baseCopies[copy], headCopies[copy]);
            double outerTime = outer.Run(segments, clock) - meterCost;
            double innerTime = inner.Run(segments, clock) - meterCost;
            innerTime += inner.Run(segments, clock) - meterCost;
            outerTime += outer.Run(segments, clock) - meterCost;
            (baseTimes[copy], headTimes[copy]) = headFirst ? (innerTime / 2, outerTime / 2) : (outerTime / 2, innerTime / 2);
        }

        return new Round(baseTimes, headTimes);
    }

    /// <summary>
    /// Each copy's median over the rounds. Each time is taken relative to the mean of its round: where the machine is slow
    /// in half of the rounds, medians of bare times would fall on either half.
    /// </summary>
    private static double[] TimesOfCopies(Round[] rounds, Func<Round, double[]> timesOf) =>
        [.. Enumerable.Range(0, timesOf(rounds[0]).Length)
            .Select(copy => Statistics.Median(rounds.Select(round => timesOf(round)[copy] / round.Mean)))];

    /// <summary>
    /// Runs all copies until the JIT compiler has nothing more to do. They are compiled and placed in the order in which they
    /// run here; base and head in strict turn would give every copy of one build the better places. Returns milliseconds.
    /// </summary>
    private double WarmUp()
    {
        GateSession[] allInLoadOrder = InLoadOrder();
        long start = Stopwatch.GetTimestamp();
        long quietSince = start;
        long compiled = -1;
        int quietRounds = 0;
        while ((quietRounds < plan.QuietRounds || Stopwatch.GetElapsedTime(quietSince).TotalMilliseconds < plan.QuietMilliseconds)
            && Stopwatch.GetElapsedTime(start).TotalMilliseconds < plan.MaxWarmUpMilliseconds)
        {
            foreach (GateSession session in allInLoadOrder)
                session.Run(1, clock);

            quietRounds++;
            long now = JitInfo.GetCompiledMethodCount();
            if (now != compiled)
                (compiled, quietSince, quietRounds) = (now, Stopwatch.GetTimestamp(), 0);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private GateSession[] InLoadOrder()
    {
        using IEnumerator<GateSession> bases = baseCopies.GetEnumerator();
        using IEnumerator<GateSession> heads = headCopies.GetEnumerator();
        return [.. LoadOrder.IsHead(baseCopies.Count, headFirst).Select(isHead => Next(isHead ? heads : bases))];

        static GateSession Next(IEnumerator<GateSession> sessions)
        {
            sessions.MoveNext();
            return sessions.Current;
        }
    }

    /// <summary>Nanoseconds that a segment's two reads of the clock add to it.</summary>
    private double MeasureMeterCost()
    {
        double[] costs = new double[MeterReads];
        for (int i = 0; i < costs.Length; i++)
        {
            long before = clock();
            costs[i] = clock() - before;
        }

        return Statistics.Median(costs);
    }

    private int SizeBatch(double meterCost)
    {
        double[] times = [.. Enumerable.Range(0, CalibrationBatches).Select(_ => baseCopies[0].Run(1, clock) - meterCost)];
        double microseconds = Math.Max(0.001, Statistics.Median(times) / 1_000);
        return (int)Math.Clamp(Math.Ceiling(plan.BatchMicroseconds / microseconds), 1, MaxSegments);
    }

    // The least of some: what is made lazily, once, is not part of an operation.
    private static double BytesPerOperation(GateSession session) =>
        Enumerable.Range(0, AllocationBatches).Min(_ => (double)session.Run(1, Meters.AllocatedBytes) / session.OperationsPerSegment);

    /// <summary>Nanoseconds of a batch, in the mean of a copy's two.</summary>
    /// <param name="Base">Per copy of the base.</param>
    /// <param name="Head">Per copy of the head.</param>
    private sealed record Round(double[] Base, double[] Head)
    {
        public double Mean { get; } = Base.Concat(Head).Average();
    }
}
