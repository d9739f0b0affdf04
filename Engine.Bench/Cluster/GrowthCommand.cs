using System.CommandLine;
using System.Globalization;
using Engine.Bench.Support;
using Engine.Cluster.Local;
using Engine.Cluster.Sizing;

namespace Engine.Bench.Cluster;

/// <summary>
/// What a fleet costs with 1, 2, 4 and 8 hosts, each a process, compared with what the simulation says; and what it says of fleets
/// that no one machine holds.
/// </summary>
internal static class GrowthCommand
{
    private static readonly int[] s_real = [1, 2, 4, 8];
    private static readonly long[] s_simulated = [10, 1_000, 100_000];

    public static Command Create()
    {
        var frames = new Option<int>("--frames")
        {
            Description = "Frames that all hosts together send, for each number of hosts: 800 to 1,000,000.",
            HelpName = "N",
            DefaultValueFactory = static _ => 32_000,
        };
        frames.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value is < 800 or > 1_000_000)
                result.AddError($"--frames must be at least 800 and at most 1,000,000; got {token.Value}.");
        });
        var command = new Command("cluster-growth", "What more hosts cost, measured and simulated, and what large fleets need.") { frames };
        command.SetAction(parsed => CommandRun.Guard(() => Run(parsed.GetValue(frames), Console.Out)));
        return command;
    }

    private static int Run(int frames, TextWriter output)
    {
        if (LocalBroker.FindProgram() is null)
            throw new InvalidOperationException("nats-server is not installed (Debian's package is nats-server)");
        output.WriteLine(
            "hosts    frames/s    MB/s    CPU used    us/frame: host    broker    hub    simulated frames/s    difference");
        FleetCosts? costs = null;
        foreach (int hosts in s_real)
        {
            GrowthFigures real = GrowthRun.Measure(hosts, frames / hosts);
            costs ??= GrowthRun.CostsOf(real, frames, GrowthRun.Measure(1, frames / 8), frames / 8);
            double simulated = frames / MachineSimulation.Run(costs, hosts, frames / hosts, GrowthRun.Shards, real.ProcessorsUsed)
                .TotalSeconds;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{hosts,5}{real.FramesPerSecond,12:F0}{real.FramesPerSecond * real.FrameBytes / 1e6,8:F1}{real.ProcessorsUsed,12:F2}")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{real.HostMicroseconds,18:F0}{real.BrokerMicroseconds,10:F0}{real.HubMicroseconds,7:F0}{simulated,22:F0}")
                + string.Create(CultureInfo.InvariantCulture, $"{simulated / real.FramesPerSecond - 1,14:P0}"));
        }

        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"a host: {costs!.HostMicrosecondsToStart / 1e3:F0} ms once, {costs.HostMicrosecondsPerFrame:F0} us a frame; ")
            + string.Create(
                CultureInfo.InvariantCulture, $"a journal by itself: {costs.HubMicrosecondsPerJournal:F0} us of the hub's processor, ")
            + string.Create(CultureInfo.InvariantCulture, $"{costs.HubDiskMicrosecondsPerJournal:F0} us of its disk; a sign of life: ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{costs.BrokerMicrosecondsPerHeartbeat:F0} us at the broker, {costs.HubMicrosecondsPerHeartbeat:F0} us at the hub"));
        FleetPlanTable.Write(output, costs, s_simulated, 100_000, 3, 8);
        return 0;
    }
}
