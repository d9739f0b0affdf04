using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Gateway.Streams;
using Engine.Primitives;

namespace Engine.Bench.Sse;

/// <summary>Many streams at a steady rate: how long an event takes from publication until a client has read it.</summary>
internal static class FanOutSection
{
    private const int Streams = 1_000;
    private const int EventsPerSecond = 1_000;
    private const double MaxLatencyMilliseconds = 100;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private static string Load => FormattableString.Invariant($"{Streams:N0} streams x {EventsPerSecond:N0} events/s");

    public static void Run(Measurement measurement)
    {
        List<double>[] p50 = [[], []];
        List<double>[] p99 = [[], []];
        List<double>[] share = [[], []];
        RoundResult[] rounds = measurement.Rounds("fan-out", 2, variant =>
        {
            (DurationDistribution latency, double arrived) = MeasureAsync(isPeer: variant == 1).GetAwaiter().GetResult();
            p50[variant].Add(latency.PercentileNanoseconds(0.5) / 1e6);
            p99[variant].Add(latency.PercentileNanoseconds(0.99) / 1e6);
            share[variant].Add(arrived * 100);
            return latency.PercentileNanoseconds(0.99) / 1e6;
        });
        string[] names = ["gateway", "TypedResults.ServerSentEvents"];
        measurement.Report.Add(
            new Table(
                "fan-out",
                $"{Load}, publisher, server and clients in one process: from publication to the client",
                [new Column("p50", "ms"), new Column("p99", "ms"), new Column("p99 max", "ms"), new Column("arrived", "%")],
                [
                    .. names.Select((name, i) => new Row(
                        name,
                        [
                            Statistics.Median(p50[i].Skip(1)), Statistics.Median(p99[i].Skip(1)), p99[i].Skip(1).Max(),
                            Statistics.Median(share[i].Skip(1)),
                        ])),
                ]),
            rounds);
        double median = Statistics.Median(rounds.Select(static round => round.Values[0]));
        measurement.Report.AddTarget(
            $"{Load}, p99, ms", median, MaxLatencyMilliseconds, median <= MaxLatencyMilliseconds);
    }

    private static async Task<(DurationDistribution Latency, double Arrived)> MeasureAsync(bool isPeer)
    {
        await using SseServer server = SseServer.Start(static options => options.BufferEvents = PeerFeed.Capacity);
        using var stop = new CancellationTokenSource();
        SseReader[] readers = [.. Enumerable.Range(0, Streams).Select(static _ => new SseReader())];
        try
        {
            SseReader.Since = long.MaxValue;
            foreach (SseReader[] some in readers.Chunk(50))
            {
                await Task.WhenAll(some.Select(reader => reader.OpenAsync(
                    server.Port, isPeer ? PeerFeed.Path : "/api/v1/events?type=system_log", stop.Token))).ConfigureAwait(false);
            }

            Task[] reading = [.. readers.Select(reader => reader.RunAsync(stop.Token))];
            Action<string> publish = isPeer ? server.Peer.Publish : server.PublishToGateway;
            Publish(publish, WarmUp);
            SseReader.Since = MonotonicClock.Now;
            long published = Publish(publish, Duration);
            await WaitForAllAsync(readers, published).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(reading).ConfigureAwait(false);
            Check(server.Gateway, isPeer);
            return (
                DurationDistribution.Of([.. readers.Select(static reader => reader.Latency)]),
                readers.Sum(static reader => (double)reader.Count) / ((double)published * Streams));
        }
        finally
        {
            foreach (SseReader reader in readers)
                reader.Dispose();
        }
    }

    private static async Task WaitForAllAsync(SseReader[] readers, long published)
    {
        long start = MonotonicClock.Now;
        while (readers.Any(reader => reader.Count < published) && MonotonicClock.ToTimeSpan(MonotonicClock.Now - start) < Drain)
            await Task.Delay(20).ConfigureAwait(false);
    }

    // On a thread of its own, as a machine's.
    private static long Publish(Action<string> publish, TimeSpan duration)
    {
        long published = 0;
        var thread = new Thread(() =>
        {
            long interval = MonotonicClock.FromMicroseconds(1e6 / EventsPerSecond);
            long next = MonotonicClock.Now;
            long end = next + MonotonicClock.FromTimeSpan(duration);
            while (next < end)
            {
                while (MonotonicClock.Now < next)
                    Thread.Sleep(1);
                publish(SseReader.Stamp());
                published++;
                next += interval;
            }
        });
        thread.Start();
        thread.Join();
        return published;
    }

    private static void Check(EventGateway gateway, bool isPeer)
    {
        GatewayStatistics statistics = gateway.GetStatistics();
        if (!isPeer && statistics.Dropped + statistics.Gaps + statistics.Skipped > 0)
        {
            throw new InvalidOperationException(
                $"The gateway dropped {statistics.Dropped}, told {statistics.Gaps} gaps and skipped {statistics.Skipped}.");
        }
    }
}
