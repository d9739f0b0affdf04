using System.Diagnostics;
using System.Threading.Channels;
using Engine.Bench.Support;
using Engine.Bench.Topologies;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Quick;

/// <summary>Thin traffic: one event every 10 microseconds, each with its time of publication, from publish to handler.</summary>
internal static class LatencySection
{
    private const int Rounds = 9;
    private const int EventCount = 20_000;
    private static readonly long IntervalTicks = Stopwatch.Frequency / 100_000;

    public static void Run(QuickReport report, Action<string> progress)
    {
        string[] names = ["engine", "Channel<T>, bounded, ReadAllAsync", "Channel<T>, bounded, reader spins on TryRead"];
        Func<long[]>[] variants = [MeasureEngine, () => MeasureChannel(spins: false), () => MeasureChannel(spins: true)];
        // Once for the compiler, whose threads would compete for the cores.
        foreach (Func<long[]> variant in variants)
            variant();

        var p99 = new double[Rounds, variants.Length];
        RoundResult[] rounds = Interleaved.Run(Rounds, variants.Length, i =>
        {
            long[] latencies = variants[i]();
            Array.Sort(latencies);
            p99[_round, i] = Statistics.Percentile(latencies, 0.99);
            return Statistics.Percentile(latencies, 0.5);
        }, round => progress($"latency {(_round = round) + 1}/{Rounds}"));

        RoundResult[] tails = [.. rounds.Select((round, r) => round with { Values = [.. Enumerable.Range(0, variants.Length).Select(i => p99[r, i])] })];
        report.AddSection("One event every 10 us, publish to handler, p50", names, rounds, "ns");
        report.AddSection("One event every 10 us, publish to handler, p99", names, tails, "ns");
        AddTarget(report, "thin traffic, p50: Channel<T> / engine", rounds);
        AddTarget(report, "thin traffic, p99: Channel<T> / engine", tails);
    }

    private static int _round;

    private static void AddTarget(QuickReport report, string name, RoundResult[] rounds) =>
        report.AddRatioTarget(name, rounds, 1, 0, 1);

    private static long[] MeasureEngine()
    {
        long[] latencies = new long[EventCount];
        int seen = 0;
        EventEngine engine = new EngineBuilder().AddEvent<InstructionRetired>().Build();
        engine.Subscribe((in InstructionRetired e, in Envelope _) =>
        {
            latencies[seen] = Nanoseconds(Stopwatch.GetTimestamp() - (long)e.Pc);
            Volatile.Write(ref seen, seen + 1);
        });
        engine.Start();
        using EventProducer producer = engine.CreateProducer();
        EventLane<InstructionRetired> lane = producer.GetLane<InstructionRetired>();
        Pace(now => lane.Publish(new InstructionRetired((ulong)now, 0, InstructionFlags.None)));
        while (Volatile.Read(ref seen) < EventCount)
            Thread.Yield();
        engine.StopAsync().GetAwaiter().GetResult();
        return latencies;
    }

    private static long[] MeasureChannel(bool spins)
    {
        long[] latencies = new long[EventCount];
        Channel<InstructionRetired> channel = Channel.CreateBounded<InstructionRetired>(
            new BoundedChannelOptions(InstructionRetired.Descriptor.Capacity) { SingleReader = true, SingleWriter = true });
        Task reader = spins
            ? Task.Factory.StartNew(() => ReadSpinning(channel.Reader, latencies), TaskCreationOptions.LongRunning)
            : Task.Run(() => ReadAsync(channel.Reader, latencies));
        Pace(now => channel.Writer.TryWrite(new InstructionRetired((ulong)now, 0, InstructionFlags.None)));
        channel.Writer.Complete();
        reader.GetAwaiter().GetResult();
        return latencies;
    }

    private static async Task ReadAsync(ChannelReader<InstructionRetired> reader, long[] latencies)
    {
        int seen = 0;
        await foreach (InstructionRetired e in reader.ReadAllAsync())
            latencies[seen++] = Nanoseconds(Stopwatch.GetTimestamp() - (long)e.Pc);
    }

    private static void ReadSpinning(ChannelReader<InstructionRetired> reader, long[] latencies)
    {
        for (int seen = 0; seen < EventCount;)
        {
            if (reader.TryRead(out InstructionRetired e))
                latencies[seen++] = Nanoseconds(Stopwatch.GetTimestamp() - (long)e.Pc);
            else
                Thread.SpinWait(1);
        }
    }

    private static void Pace(Action<long> publish)
    {
        long next = Stopwatch.GetTimestamp();
        for (int i = 0; i < EventCount; i++)
        {
            next += IntervalTicks;
            while (Stopwatch.GetTimestamp() < next)
                Thread.SpinWait(1);
            publish(Stopwatch.GetTimestamp());
        }
    }

    private static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));
}
