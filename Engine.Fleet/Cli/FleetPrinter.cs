using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Fleet.Cli;

/// <summary>A fleet as lines of text.</summary>
internal static class FleetPrinter
{
    private const int TopLines = 5;

    public static void Print(FleetSnapshot fleet, TextWriter output)
    {
        output.WriteLine(Invariant(
            $"fleet at {fleet.At:yyyy-MM-dd HH:mm:ss}Z: {fleet.Hosts.Count:N0} hosts, {Count(fleet, HostState.Live):N0} live"));
        output.WriteLine(
            "host              state  seen      skew   starts    stored    unsent  in flight  received  lost     backlog  fault");
        foreach (FleetHost host in fleet.Hosts)
            output.WriteLine(Line(host));
        PrintTop(output, "most page faults", fleet.Top("vm.page-fault", TopLines), static count => count.Count.Events);
        PrintTop(
            output, "most instructions, by own count", fleet.TopAtSource("vm.instruction", TopLines), static count => count.Count.Events);
        PrintTop(output, "most events lost", fleet.TopLosses(TopLines), static count => count.Count.Lost);
        foreach (string fault in fleet.Faults)
            output.WriteLine($"hub: {ToolProgram.Shorten(fault.ReplaceLineEndings(" "))}");
    }

    private static string Line(FleetHost host)
    {
        FrameLedger ledger = host.Ledger ?? new FrameLedger(0, 0, 0, 0, 0, 0);
        PublisherStatistics? publisher = host.Heartbeat.Publisher;
        return Invariant(
            $"{host.Name,-16}  {host.State.ToString().ToLowerInvariant(),-5}  {host.SilentFor.TotalSeconds,4:F1} s  ")
            + Invariant($"{host.ClockSkew.TotalMilliseconds,6:F0} ms  {host.Starts,5:N0}  {ledger.Stored,8:N0}  {ledger.Unsent,8:N0}  ")
            + Invariant($"{ledger.InFlight,9:N0}  {ledger.Received,8:N0}  {ledger.Lost,4:N0}  {publisher?.BacklogBytes ?? 0,10:N0}  ")
            + (publisher is null or { Fault: ClusterFault.None } ? "-" : publisher.Fault.ToString());
    }

    private static void PrintTop(TextWriter output, string title, IReadOnlyList<FleetCount> counts, Func<FleetCount, long> number)
    {
        foreach (FleetCount count in counts)
            output.WriteLine(Invariant($"{title}: {count.Host}/{count.Count.Machine} {count.Count.EventType} {number(count):N0}"));
    }

    private static int Count(FleetSnapshot fleet, HostState state) => fleet.Hosts.Count(host => host.State == state);
}
