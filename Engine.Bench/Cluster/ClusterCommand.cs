using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Support;
using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;

namespace Engine.Bench.Cluster;

/// <summary>What it costs to publish a journal to a broker, and to take it in at a hub, all on this machine.</summary>
internal static class ClusterCommand
{
    private const int FrameEvents = 32_768;

    public static Command Create()
    {
        var megabytes = new Option<int>("--megabytes")
        {
            Description = "Megabytes of events in memory that are written for each measurement: 1 to 100,000.",
            HelpName = "N",
            DefaultValueFactory = static _ => 256,
        };
        megabytes.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value is < 1 or > 100_000)
                result.AddError($"--megabytes must be at least 1 and at most 100,000; got {token.Value}.");
        });
        var command = new Command("cluster", "What it costs to publish a journal to a NATS broker, and to take it in.") { megabytes };
        command.SetAction(parsed => CommandRun.Guard(() => Run(parsed.GetValue(megabytes), Console.Out)));
        return command;
    }

    private static int Run(int megabytes, TextWriter output)
    {
        if (LocalBroker.FindProgram() is null)
            throw new InvalidOperationException("nats-server is not installed (Debian's package is nats-server)");
        output.WriteLine(
            "events              nodes    bytes/event     sent MB/s    sent M events/s    hub MB/s    hub M events/s    broker MB");
        foreach (int nodes in (int[])[1, 3])
        {
            foreach (bool isRandom in (bool[])[false, true])
                Measure(megabytes, nodes, isRandom, output).GetAwaiter().GetResult();
        }

        return 0;
    }

    private static async Task Measure(int megabytes, int nodes, bool isRandom, TextWriter output)
    {
        string folder = Directory.CreateTempSubdirectory("engine-bench-cluster-").FullName;
        try
        {
            using LocalBroker broker = LocalBroker.Start(Path.Combine(folder, "broker"), nodes);
            var options = new ClusterOptions
            {
                Url = broker.Url,
                Shards = 1,
                Replicas = nodes >= 3 ? 3 : 1,
                MaxStreamBytes = 8L << 30,
            };
            (long events, long bytes) = RecordedJournal.Write(
                Path.Combine(folder, "host"), megabytes * 1_000_000L / 16, FrameEvents, isRandom);
            await using var transport = new NatsTransport(options, "bench");
            await EnsureAsync(transport, options).ConfigureAwait(false);
            TimeSpan sending;
            await using (var publisher = new JournalPublisher(
                transport, new JournalPublisherOptions { Host = "host", Directory = Path.Combine(folder, "host"), Shards = 1 }))
            {
                long start = Stopwatch.GetTimestamp();
                publisher.Start();
                await UntilAsync(() => publisher.GetStatistics() is { DurableFrame: > 0 } now && now.SentFrame == now.DurableFrame)
                    .ConfigureAwait(false);
                sending = Stopwatch.GetElapsedTime(start);
            }

            await using var hub = new Hub(transport, new HubOptions { Directory = Path.Combine(folder, "hub"), Shards = 1 });
            long began = Stopwatch.GetTimestamp();
            hub.Start();
            await UntilAsync(() => hub.GetJournals() is [var journal] && journal.Events == events).ConfigureAwait(false);
            TimeSpan taking = Stopwatch.GetElapsedTime(began);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(isRandom ? "incompressible" : "a loop of code"),-16}{nodes,9}{(double)bytes / events,15:F3}")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{bytes / sending.TotalMicroseconds,14:F1}{events / sending.TotalMicroseconds,19:F1}")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{bytes / taking.TotalMicroseconds,12:F1}{events / taking.TotalMicroseconds,18:F1}{bytes / 1e6,13:F1}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task EnsureAsync(NatsTransport transport, ClusterOptions options)
    {
        var stream = new TransportStream(
            ClusterNames.FrameStream(0, options.Shards), ClusterNames.FrameSubjects(0, options.Shards), IsQueue: true);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await transport.EnsureStreamAsync(stream, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (ClusterException) when (attempt < 50)
            {
                // A cluster has no leader at once.
                await Task.Delay(200).ConfigureAwait(false);
            }
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1).ConfigureAwait(false);
    }
}
