using System.Net;
using System.Net.Sockets;
using System.Text;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Primitives;

namespace Engine.Bench.Sse;

/// <summary>What a client that takes nothing costs the publisher.</summary>
internal static class StalledClientSection
{
    private const int Readers = 20;
    private const int Events = 20_000;
    private const double MaxRatio = 1.01;

    public static void Run(Measurement measurement)
    {
        List<LatencySamples>[] samples = [[], []];
        RoundResult[] rounds = measurement.Rounds("stalled", 2, variant =>
        {
            LatencySamples some = MeasureAsync(hasStalled: variant == 1).GetAwaiter().GetResult();
            samples[variant].Add(some);
            return some.Percentile(0.99);
        });
        measurement.Report.Add(
            RoundsTable.CreateOfLatencies(
                "stalled", $"Publishing one event at 1,000 events/s with {Readers} streams: 99th percentile of each round first",
                ["all take", "one more takes nothing"], rounds, [.. samples.Select(static of => LatencySamples.Merge(of.Skip(1)))]),
            rounds);
        double ratio = RoundsTable.MedianRatio(rounds, 1, 0);
        measurement.Report.AddTarget("publishing at p99 beside a stalled client, ratio", ratio, MaxRatio, ratio <= MaxRatio);
    }

    private static async Task<LatencySamples> MeasureAsync(bool hasStalled)
    {
        // It is to be there all the time.
        await using SseServer server = SseServer.Start(static options =>
        {
            options.WriteTimeout = TimeSpan.FromMinutes(5);
            options.BufferEvents = 1_000_000;
            options.BufferBytes = 1 << 30;
        });
        using var stop = new CancellationTokenSource();
        const string Path = "/api/v1/events?type=system_log";
        SseReader[] readers = [.. Enumerable.Range(0, Readers).Select(static _ => new SseReader())];
        await Task.WhenAll(readers.Select(reader => reader.OpenAsync(server.Port, Path, stop.Token))).ConfigureAwait(false);
        Task[] reading = [.. readers.Select(reader => reader.RunAsync(stop.Token))];
        using Socket? stalled = hasStalled ? Stall(server.Port, Path) : null;
        var samples = new LatencySamples();
        samples.Reserve(Events);
        string text = new('x', 400);
        // Until the stalled one's socket is full.
        for (int i = 0; i < 30_000; i++)
            server.PublishToGateway(text);
        var thread = new Thread(() =>
        {
            for (int i = 0; i < Events; i++)
            {
                if (i % 10 == 0)
                    Thread.Sleep(1);
                long start = MonotonicClock.Now;
                server.PublishToGateway(text);
                samples.Record(MonotonicClock.ToNanoseconds(MonotonicClock.Now - start));
            }
        });
        thread.Start();
        thread.Join();
        if (hasStalled && server.Gateway.GetStatistics().WaitingBytes == 0)
            throw new InvalidOperationException("The stalled client was not stalled.");
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reading).ConfigureAwait(false);
        foreach (SseReader reader in readers)
            reader.Dispose();
        return samples;
    }

    private static Socket Stall(int port, string path)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        return socket;
    }
}
