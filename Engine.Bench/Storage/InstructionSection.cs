using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Storage;

/// <summary>Instructions from a span to durable.</summary>
internal static class InstructionSection
{
    private const double MaxBitsPerEvent = 0.5;
    private const double MaxProcessorNanoseconds = 2.5;
    private const double MinMillionsPerSecond = 300;
    // So many that what is compiled meanwhile is no part of the cost.
    private const int Repetitions = 512;

    public static void Run(Measurement measurement)
    {
        InstructionRetired[] events = GuestTrace.Instructions;
        var processor = new List<double>();
        double bits = 0;
        RoundResult[] rounds = measurement.Rounds("instructions", 1, _ =>
        {
            using var recording = new DirectRecording<InstructionRetired>();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            for (int i = 0; i < Repetitions; i++)
                recording.Append(events);
            recording.Flush();
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            long count = (long)Repetitions * events.Length;
            processor.Add((Environment.CpuUsage.TotalTime - used).TotalNanoseconds / count);
            bits = 8.0 * recording.Statistics.StoredBytes / count;
            return count / seconds / 1e6;
        });
        double nanoseconds = Statistics.Median(processor.Skip(1));
        Table table = RoundsTable.Create(
            "instructions", "Instructions of the bundled guest, from span to durable", ["journal"], rounds, "M events/s");
        measurement.Report.Add(
            table with
            {
                Columns = [.. table.Columns, new Column("processor", "ns/event"), new Column("on disk", "bits/event")],
                Rows = [.. table.Rows.Select(row => row with { Values = [.. row.Values, nanoseconds, bits] })],
            },
            rounds);
        double median = Statistics.Median(rounds.Select(static round => round.Values[0]));
        measurement.Report.AddTarget("instructions, M events/s", median, MinMillionsPerSecond, median >= MinMillionsPerSecond);
        measurement.Report.AddTarget(
            "instructions, processor ns/event", nanoseconds, MaxProcessorNanoseconds, nanoseconds <= MaxProcessorNanoseconds);
        measurement.Report.AddTarget("instructions, bits/event", bits, MaxBitsPerEvent, bits <= MaxBitsPerEvent);
    }
}
