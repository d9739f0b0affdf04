using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Receiving;
using Engine.Cluster.Sizing;
using Engine.Cluster.Transport;
using Engine.Fleet.Hosts;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>What the commands do.</summary>
internal static class FleetRuns
{
    /// <summary>Says in the environment that the process ends when its standard input does.</summary>
    public const string ChildVariable = "ENGINE_FLEET_CHILD";

    private const int NotAllDone = 1;
    private const int NoAnswer = 2;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(30);

    public static async Task<int> HostAsync(
        HostSettings settings, ClusterOptions cluster, int seconds, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limited = Limit(seconds, cancellationToken);
        if (Environment.GetEnvironmentVariable(ChildVariable) is not null)
            EndWithInput(limited);
        await HostRunner.RunAsync(settings, cluster, Say, limited.Token).ConfigureAwait(false);
        return 0;
    }

    public static async Task<int> HubAsync(string folder, ClusterOptions cluster, int seconds, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limited = Limit(seconds, cancellationToken);
        await using IClusterTransport transport = ClusterTransports.Create(cluster, "hub");
        await using var hub = new Hub(transport, new HubOptions
        {
            Directory = Path.Combine(folder, "hub"),
            Shards = cluster.Shards,
            OnFault = static (shard, fault) => Say(
                $"shard {shard}: {(fault is null ? "in order" : $"{fault.Fault}: {fault.Message}")}"),
        });
        await using var registry = new FleetRegistry(transport, hub);
        hub.Start();
        registry.Start();
        Say($"hub keeps journals in {Path.Combine(folder, "hub")}");
        await Task.Delay(Timeout.Infinite, limited.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    public static async Task<int> ViewAsync(ClusterOptions cluster, bool once, bool asJson, CancellationToken cancellationToken)
    {
        await using IClusterTransport transport = ClusterTransports.Create(cluster, "view");
        while (true)
        {
            FleetSnapshot? fleet = await FleetClient.QueryAsync(transport, AnswerTime, cancellationToken).ConfigureAwait(false);
            if (fleet is null)
            {
                ToolProgram.WriteError(FleetCommandLine.Name, $"no hub answers at {cluster}");
                if (once)
                    return NoAnswer;
            }
            else if (asJson)
            {
                Console.WriteLine(Encoding.UTF8.GetString(FleetJsonContext.Write(fleet)));
            }
            else
            {
                FleetPrinter.Print(fleet, Console.Out);
            }

            if (once)
                return 0;
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return 0;
        }
    }

    public static async Task<int> CommandAsync(
        ClusterOptions cluster, string target, string verb, string argument, string issuer, IReadOnlyList<CommandKey> keys,
        CancellationToken cancellationToken)
    {
        CommandKey key = keys.FirstOrDefault(key => key.Issuer == issuer)
            ?? throw new UsageException($"--issuer: \"{issuer}\" has no key in the file of --keys");
        FleetCommand command = CreateCommand(target, verb, argument, key);
        await using IClusterTransport transport = ClusterTransports.Create(cluster, "command");
        FleetSnapshot? fleet = await FleetClient.QueryAsync(transport, AnswerTime, cancellationToken).ConfigureAwait(false);
        string[] expected = command.Target != ClusterNames.AllHosts ? [target]
            : [.. (fleet?.Hosts ?? []).Where(static host => host.State <= HostState.Late).Select(static host => host.Name)];
        if (expected.Length == 0)
            throw new UsageException($"HOST: no host is known at {cluster}");
        IReadOnlyList<FleetResult> results = await FleetClient.CommandAsync(transport, command, expected, CommandTime, cancellationToken)
            .ConfigureAwait(false);
        foreach (FleetResult result in results.OrderBy(static result => result.Host, StringComparer.Ordinal))
            Console.WriteLine($"{result.Host}: {result.Outcome}: {ToolProgram.Shorten(result.Text.ReplaceLineEndings(" "))}");
        string[] silent = [.. expected.Where(host => results.All(result => result.Host != host))];
        foreach (string host in silent)
            Console.WriteLine($"{host}: no answer");
        return silent.Length == 0 && results.All(static result => result.Outcome == CommandOutcome.Done) ? 0 : NotAllDone;
    }

    public static Task<int> Size(int hosts, int bytesPerSecond, int copies, int processors)
    {
        FleetPlanTable.Write(Console.Out, FleetCosts.Reference, [hosts], bytesPerSecond, copies, processors);
        return Task.FromResult(0);
    }

    /// <summary>A line on standard output, from any thread.</summary>
    public static void Say(string line) => Console.WriteLine(ToolProgram.Shorten(line.ReplaceLineEndings(" ")));

    public static CancellationTokenSource Limit(int seconds, CancellationToken cancellationToken)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (seconds > 0)
            limited.CancelAfter(TimeSpan.FromSeconds(seconds));
        return limited;
    }

    private static void EndWithInput(CancellationTokenSource end) => new Thread(() =>
    {
        while (Console.In.Read() >= 0)
        {
        }

        try
        {
            end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    })
    {
        IsBackground = true,
    }.Start();

    private static FleetCommand CreateCommand(string target, string verb, string argument, CommandKey key)
    {
        try
        {
            return FleetCommand.Create(
                target == "all" ? ClusterNames.AllHosts : target, verb, argument, key.Issuer, key.Key.Span, DateTimeOffset.UtcNow);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message);
        }
    }
}
