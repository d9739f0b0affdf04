using System.Diagnostics;
using Engine.Gateway.Client;
using Engine.Gateway.Streams;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Clients whose connections are cut off anywhere, quick and slow ones, while events are published: each gets each once.</summary>
public sealed class StreamStressTests
{
    private static readonly EventStreamClientOptions Quick = new()
    {
        MinBackoff = TimeSpan.FromMilliseconds(1),
        MaxBackoff = TimeSpan.FromMilliseconds(20),
    };

    [Test]
    public Task Each_event_comes_once_wherever_connections_are_cut() => RunAsync(clients: 6, events: 2_000, maxBytes: 40_000, seed: 1);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public async Task Soak_each_event_comes_once_wherever_connections_are_cut()
    {
        long start = Stopwatch.GetTimestamp();
        for (int seed = 1; Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(3); seed++)
            await RunAsync(clients: 40, events: 4_000, maxBytes: 1 + (seed * 7919 % 60_000), seed);
    }

    private static async Task RunAsync(int clients, int events, int maxBytes, int seed)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new GatewayOptions
        {
            Retry = TimeSpan.FromMilliseconds(1),
            BatchDelay = TimeSpan.FromMilliseconds(seed % 3),
            BufferEvents = 200,
            MaxPerClient = 10_000,
            StopTimeout = TimeSpan.FromSeconds(1),
        });
        await using var proxy = new CuttingProxy(server.Address.Port, Math.Max(maxBytes, 600), seed);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var begun = new CountdownEvent(clients);
        Task[] reading = [.. Enumerable.Range(0, clients).Select(i => Task.Run(() => ReadAllAsync(i)))];
        // Behind the beginning of the first, in the middle of the others'.
        server.Log("0", new string('r', 100));
        await Task.Run(() => begun.Wait(Eventually.HangGuard));
        for (int i = 1; i < events; i++)
            server.Log($"{i}", new string('r', 1 + (i % 255)));
        await Task.WhenAll(reading).WaitAsync(Eventually.HangGuard);
        Assert.That(proxy.Cuts, Is.GreaterThan(clients), "Connections were cut.");

        async Task ReadAllAsync(int index)
        {
            var address = new Uri($"http://127.0.0.1:{proxy.Port}/api/v1/events?limit=10000&type=system_log");
            var client = new EventStreamClient(http, address, Quick with
            {
                OnGap = static gap => throw new InvalidOperationException($"gap {gap.From} to {gap.To}"),
                OnReset = static reset => throw new InvalidOperationException($"reset {reset.Reason}"),
            });
            long expected = 1;
            await foreach (ReceivedEvent @event in client.ReadAsync())
            {
                if (@event.Id != $"{server.Gateway.History.Epoch}:{expected}")
                    throw new InvalidOperationException($"{@event.Id} instead of {expected}");
                if (expected == 1)
                    begun.Signal();
                // A slow one is cut off by the gateway besides, and comes back.
                if (index % 3 == 2 && expected % 64 == 0)
                    await Task.Delay(1);
                if (expected++ == events)
                    return;
            }
        }
    }
}
