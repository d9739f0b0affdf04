using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Gateway.Client;
using Engine.Primitives;

namespace Engine.Bench.Sse;

/// <summary>Clients that come and go all the time, each going on behind its last event: each gets every event once.</summary>
internal static class ReconnectSection
{
    private const int Clients = 100;
    private const int EventsPerSecond = 200;

    // Each comes back a little more often than once a second: what is offered is above the target, so that it can be met.
    private const int EventsPerConnection = EventsPerSecond * 19 / 20;
    private const int Seconds = 5;
    private const double MinPerSecond = 100;

    public static void Run(Measurement measurement)
    {
        RoundResult[] rounds = measurement.Rounds("reconnects", 1, static _ => MeasureAsync().GetAwaiter().GetResult());
        measurement.Report.Add(
            RoundsTable.Create(
                "reconnects",
                $"{Clients} clients that each go on behind their last event, at {EventsPerSecond} events/s: no gap, no duplicate",
                ["gateway"], rounds, "reconnects/s"),
            rounds);
        double median = Statistics.Median(rounds.Select(static round => round.Values[0]));
        measurement.Report.AddTarget("reconnects with resume, each second", median, MinPerSecond, median >= MinPerSecond);
    }

    private static async Task<double> MeasureAsync()
    {
        const int Events = EventsPerSecond * Seconds;
        await using SseServer server = SseServer.Start();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var address = new Uri($"http://127.0.0.1:{server.Port}/api/v1/events?type=system_log&limit=10000");
        long start = MonotonicClock.Now;
        int connections = 0;
        Task[] reading = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            long expected = 1;
            string? cursor = null;
            // They do not all go at once.
            int first = 1 + (client * EventsPerConnection / Clients);
            while (expected <= Events)
            {
                Interlocked.Increment(ref connections);
                long leaveAt = cursor is null ? first : expected + EventsPerConnection - 1;
                var stream = new EventStreamClient(http, address, new EventStreamClientOptions { LastEventId = cursor });
                await foreach (ReceivedEvent @event in stream.ReadAsync().ConfigureAwait(false))
                {
                    cursor = @event.Id;
                    long sequence = long.Parse(@event.Id.AsSpan(@event.Id.IndexOf(':') + 1), null);
                    if (sequence != expected)
                        throw new InvalidOperationException($"Client {client} got event {sequence} where {expected} was due.");
                    if (expected++ >= Math.Min(leaveAt, Events))
                        break;
                }
            }
        }))];
        long next = MonotonicClock.Now;
        for (int i = 0; i < Events; i++)
        {
            while (MonotonicClock.Now < next)
                Thread.Sleep(1);
            server.PublishToGateway(SseReader.Stamp());
            next += MonotonicClock.FromMicroseconds(1e6 / EventsPerSecond);
        }

        await Task.WhenAll(reading).ConfigureAwait(false);
        return (connections - Clients) / MonotonicClock.ToTimeSpan(MonotonicClock.Now - start).TotalSeconds;
    }
}
