using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Primitives;

namespace Engine.Bench.Storage;

/// <summary>How far behind what is durable is, at a steady rate.</summary>
internal static class LagSection
{
    private const int EventsPerSecond = 10_000_000;
    private const double MaxLagMilliseconds = 50;
    private const int Ticks = 2_000;

    public static void Run(Measurement measurement)
    {
        InstructionRetired[] events = GuestTrace.Instructions;
        RoundResult[] rounds = measurement.Rounds("lag", 1, _ =>
        {
            using var recording = new DirectRecording<InstructionRetired>();
            int share = EventsPerSecond / 1000;
            long next = MonotonicClock.Now;
            for (int tick = 0; tick < Ticks; tick++)
            {
                int at = (int)((long)tick * share % (events.Length - share));
                recording.Append(events.AsSpan(at, share));
                next += MonotonicClock.FromMicroseconds(1000);
                while (MonotonicClock.Now < next)
                    Thread.Sleep(0);
            }

            recording.Flush();
            return recording.Statistics.DurableLag.PercentileNanoseconds(0.99) / 1e6;
        });
        measurement.Report.Add(
            RoundsTable.Create(
                "lag", "From a frame's first event to durable, at 10 M events/s: 99th percentile", ["journal"], rounds, "ms"),
            rounds);
        double median = Statistics.Median(rounds.Select(static round => round.Values[0]));
        measurement.Report.AddTarget("durable lag p99, ms", median, MaxLagMilliseconds, median <= MaxLagMilliseconds);
    }
}
