using System.Diagnostics;
using Engine.Bench.Chaos;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Local;
using Engine.Cluster.Sizing;
using Engine.Cluster.Transport;
using Engine.Storage.Journals;

namespace Engine.Bench.Cluster;

/// <summary>
/// A fleet of processes on this machine: a broker, a hub, and hosts that have journals already and send them as fast as they can. The
/// processors' time is read from the system, so that it says the same whatever else the machine does meanwhile.
/// </summary>
internal static class GrowthRun
{
    /// <summary>Shards of the fleet.</summary>
    public const int Shards = 8;

    // Some 28 KB of events that nothing predicts.
    private const int FrameEvents = 2_048;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs a fleet until the hub has everything durably.</summary>
    public static GrowthFigures Measure(int hosts, int framesPerHost)
    {
        string folder = Directory.CreateTempSubdirectory("engine-bench-growth-").FullName;
        var children = new List<ChaosChild>();
        try
        {
            using LocalBroker broker = LocalBroker.Start(Path.Combine(folder, "broker"));
            ChaosChild hub = ChaosChild.Start("cluster-hub", Target("hub"), 0, string.Empty);
            children.Add(hub);
            hub.WaitForLines(1, s_patience);
            long bytes = 0;
            for (int host = 1; host <= hosts; host++)
            {
                bytes += RecordedJournal.Write(
                    Path.Combine(folder, $"host-{host}"), (long)framesPerHost * FrameEvents, FrameEvents, isRandom: true).Bytes;
                children.Add(ChaosChild.Start("cluster-publisher", Target($"host-{host}"), host, string.Empty));
            }

            foreach (ChaosChild host in children.Skip(1))
                host.WaitForLines(1, s_patience);
            int[] processes = [hub.ProcessId, broker.ProcessIdOf(0) ?? 0, .. children.Skip(1).Select(static host => host.ProcessId)];
            double[] before = [.. processes.Select(ProcessorMicroseconds)];
            long start = Stopwatch.GetTimestamp();
            File.WriteAllText(Path.Combine(folder, "go"), string.Empty);
            foreach (ChaosChild host in children.Skip(1))
                host.WaitForLines(2, s_patience);
            TimeSpan wall = Stopwatch.GetElapsedTime(start);
            double[] used = [.. processes.Select(ProcessorMicroseconds).Zip(before, static (after, was) => after - was)];
            double frames = (double)hosts * framesPerHost;
            return new GrowthFigures(
                frames / wall.TotalSeconds, bytes / frames, used.Sum() / wall.TotalMicroseconds, used.Skip(2).Sum() / frames,
                used[1] / frames, used[0] / frames);

            string Target(string name) => ClusterVictim.Target(
                Path.Combine(folder, name), broker.Url, name, Shards, replicas: 1, drains: false, maxStreamBytes: 512L << 20);
        }
        finally
        {
            foreach (ChaosChild child in children)
                child.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// The costs that two runs of one host show, with what a journal by itself costs a hub. Of a host's processor the runs tell apart what
    /// it takes once and what it takes for each frame.
    /// </summary>
    /// <param name="figures">A run of many frames.</param>
    /// <param name="frames">How many.</param>
    /// <param name="few">A run of few.</param>
    /// <param name="fewFrames">How many.</param>
    public static FleetCosts CostsOf(GrowthFigures figures, int frames, GrowthFigures few, int fewFrames)
    {
        double ofMany = figures.HostMicroseconds * frames;
        double ofFew = few.HostMicroseconds * fewFrames;
        double perFrame = Math.Clamp((ofMany - ofFew) / (frames - fewFrames), 1, figures.HostMicroseconds);
        (double processor, double disk) = MeasureJournal();
        (double heartbeatAtBroker, double heartbeatAtHub) = MeasureHeartbeatsAsync().GetAwaiter().GetResult();
        return new FleetCosts
        {
            HostMicrosecondsToStart = Math.Max(0, ofMany - perFrame * frames),
            HostMicrosecondsPerFrame = perFrame,
            BrokerMicrosecondsPerFrame = figures.BrokerMicroseconds,
            HubMicrosecondsPerFrame = figures.HubMicroseconds,
            HubMicrosecondsPerJournal = processor,
            HubDiskMicrosecondsPerJournal = disk,
            FrameBytes = figures.FrameBytes,
            BrokerMicrosecondsPerHeartbeat = heartbeatAtBroker,
            HubMicrosecondsPerHeartbeat = heartbeatAtHub,
        };
    }

    // One frame, made durable by itself, again and again.
    private static (double ProcessorMicroseconds, double DiskMicroseconds) MeasureJournal()
    {
        const int Frames = 200;
        string folder = Directory.CreateTempSubdirectory("engine-bench-growth-").FullName;
        try
        {
            RecordedJournal.Write(Path.Combine(folder, "from"), Frames * FrameEvents, FrameEvents, isRandom: true);
            using JournalReader reader = JournalReader.Open(Path.Combine(folder, "from"));
            using JournalMirror mirror = JournalMirror.Open(Path.Combine(folder, "to"));
            using Process self = Process.GetCurrentProcess();
            self.Refresh();
            TimeSpan before = self.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            int count = 0;
            while (reader.TryRead(out JournalFrame frame))
            {
                byte[] bytes = new byte[frame.Length];
                frame.CopyTo(bytes);
                mirror.Append(bytes, frame.Header);
                mirror.Synchronize();
                count++;
            }

            double wall = Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
            self.Refresh();
            double processor = (self.TotalProcessorTime - before).TotalMicroseconds / count;
            return (processor, Math.Max(0, wall - processor));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double AtBroker, double AtHub)> MeasureHeartbeatsAsync()
    {
        const int Hosts = 5_000;
        string folder = Directory.CreateTempSubdirectory("engine-bench-growth-").FullName;
        try
        {
            using LocalBroker broker = LocalBroker.Start(Path.Combine(folder, "broker"));
            using ChaosChild hub = ChaosChild.Start(
                "cluster-hub", ClusterVictim.Target(Path.Combine(folder, "hub"), broker.Url, "hub", Shards, 1, false, 64 << 20), 0,
                string.Empty);
            hub.WaitForLines(1, s_patience);
            await using var transport = new NatsTransport(new ClusterOptions { Url = broker.Url }, "bench");
            // The hub listens when it answers.
            while (await FleetClient.QueryAsync(transport, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false) is null)
                await Task.Delay(100).ConfigureAwait(false);
            int[] processes = [broker.ProcessIdOf(0) ?? 0, hub.ProcessId];
            double[] before = [.. processes.Select(ProcessorMicroseconds)];
            for (int host = 0; host < Hosts; host++)
            {
                var sign = new HostHeartbeat(
                    $"host-{host}", DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, false, new HostCapacity(1, 1, 1, 0), null);
                await transport.TellAsync(
                    ClusterNames.HeartbeatSubject(sign.Host), ClusterJsonContext.Write(sign), CancellationToken.None).ConfigureAwait(false);
            }

            while ((await FleetClient.QueryAsync(transport, s_patience, CancellationToken.None).ConfigureAwait(false))?.Hosts.Count < Hosts)
                await Task.Delay(500).ConfigureAwait(false);
            double[] used = [.. processes.Select(ProcessorMicroseconds).Zip(before, static (after, was) => (after - was) / Hosts)];
            return (used[0], used[1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double ProcessorMicroseconds(int id)
    {
        using Process process = Process.GetProcessById(id);
        return process.TotalProcessorTime.TotalMicroseconds;
    }
}

/// <summary>What a run of a fleet showed.</summary>
/// <param name="FramesPerSecond">Frames that became durable at the hub, a second.</param>
/// <param name="FrameBytes">Bytes of a frame.</param>
/// <param name="ProcessorsUsed">Processors that all of it used, in the mean.</param>
/// <param name="HostMicroseconds">Microseconds of a processor for a frame, of its host.</param>
/// <param name="BrokerMicroseconds">The same, of the broker.</param>
/// <param name="HubMicroseconds">The same, of the hub.</param>
internal sealed record GrowthFigures(
    double FramesPerSecond, double FrameBytes, double ProcessorsUsed, double HostMicroseconds, double BrokerMicroseconds,
    double HubMicroseconds);
