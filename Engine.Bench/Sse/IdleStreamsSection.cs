using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Sse;

/// <summary>What a stream costs on which nothing comes: managed memory, and processor time.</summary>
internal static class IdleStreamsSection
{
    private const int Streams = 5_000;
    private const double MaxBytes = 8 * 1024;

    // What the web server takes for a response that is open is nothing that the gateway could save.
    private const double MaxOwnBytes = 2 * 1024;

    private static readonly (string Name, string Path)[] Variants =
    [
        ("gateway", "/api/v1/events?type=system_alert"), ("TypedResults.ServerSentEvents", PeerFeed.Path),
        ("a response of the web server alone", SseServer.BarePath), ("a connection without a response", "/health/none"),
    ];

    public static void Run(Measurement measurement)
    {
        List<double>[] processor = [[], [], [], []];
        RoundResult[] rounds = measurement.Rounds("idle", Variants.Length, variant =>
        {
            (double bytes, double share) = MeasureAsync(Variants[variant].Path).GetAwaiter().GetResult();
            processor[variant].Add(share * 100);
            return bytes;
        });
        double[] Of(int variant) => [.. rounds.Select(round => round.Values[variant])];
        measurement.Report.Add(
            new Table(
                "idle", $"{Streams:N0} connections on which nothing comes: what each costs the server",
                [new Column("managed memory", "B"), new Column("max", "B"), new Column("all of them, of one core", "%")],
                [
                    .. Variants.Select((variant, i) => new Row(
                        variant.Name, [Statistics.Median(Of(i)), Of(i).Max(), Statistics.Median(processor[i].Skip(1))])),
                ]),
            rounds);
        double median = Statistics.Median(Of(0));
        measurement.Report.AddTarget("managed memory of an idle stream, B", median, MaxBytes, median <= MaxBytes);
        double own = Statistics.Median(rounds.Select(static round => round.Values[0] - round.Values[2]));
        measurement.Report.AddTarget("of it the gateway's, B", own, MaxOwnBytes, own <= MaxOwnBytes);
    }

    private static async Task<(double Bytes, double Share)> MeasureAsync(string path)
    {
        await using SseServer server = SseServer.Start();
        // What the first ones make for all.
        using (StreamHolder.Start(server.Port, 10, path))
            await Task.Delay(200).ConfigureAwait(false);
        long before = Settled();
        using StreamHolder holder = StreamHolder.Start(server.Port, Streams, path);
        long after = Settled();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        var duration = TimeSpan.FromSeconds(3);
        await Task.Delay(duration).ConfigureAwait(false);
        double share = (Environment.CpuUsage.TotalTime - start) / duration;
        return ((after - before) / (double)Streams, share);
    }

    private static long Settled()
    {
        long bytes = 0;
        for (int i = 0; i < 3; i++)
        {
            Thread.Sleep(100);
            bytes = GC.GetTotalMemory(forceFullCollection: true);
        }

        return bytes;
    }
}
