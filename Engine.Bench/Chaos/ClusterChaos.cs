using System.Diagnostics;
using System.Globalization;
using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Transport;

namespace Engine.Bench.Chaos;

/// <summary>
/// A fleet of processes on a broker of its own: hosts, hub and nodes are killed, connections cut and slowed, streams filled and deleted.
/// In the end everything that hosts confirmed as durable is at the hub, once and in order, or lost by name. Where it is not, the folder
/// stays: journals, places, copies, and what hosts, hub and broker have said and when.
/// </summary>
internal sealed class ClusterChaos : IDisposable
{
    private const int Hosts = 2;
    private const int Shards = 2;
    private static readonly TimeSpan StreamPatience = TimeSpan.FromMinutes(1);

    private readonly ChaosPlan _plan;
    private readonly ChaosKind _kind;
    private readonly Random _random;
    private readonly string _folder = Directory.CreateTempSubdirectory("engine-chaos-cluster-").FullName;
    private readonly ChaosBroker _broker;
    private readonly ChaosProxy[] _proxies;
    private readonly ChaosChild?[] _hosts = new ChaosChild?[Hosts];
    private readonly ClusterLedger _ledger = new();
    private ChaosChild? _hub;
    private int _seed;
    private bool _isKept;

    private ClusterChaos(ChaosPlan plan, ChaosKind kind, Func<string, ChaosBroker> start)
    {
        (_plan, _kind, _random, _seed) = (plan, kind, new Random(plan.Seed), plan.Seed);
        _broker = start(Path.Combine(_folder, "broker"));
        _proxies = [.. Enumerable.Range(0, _broker.NodeCount).Select(node => new ChaosProxy(_broker.PortOf(node)))];
    }

    /// <summary>Breaks things on NATS, as often as the plan says, and looks what is left; nothing where it is not installed.</summary>
    /// <param name="plan">How much is broken.</param>
    /// <param name="kind">Is told what was found.</param>
    /// <param name="nodes">Nodes of the broker.</param>
    public static Task RunOnNatsAsync(ChaosPlan plan, ChaosKind kind, int nodes) => LocalBroker.FindProgram() is null
        ? Task.CompletedTask : RunAsync(plan, kind, folder => new NatsChaosBroker(folder, nodes));

    /// <summary>Breaks things on RabbitMQ, as often as the plan says, and looks what is left; nothing where it is not installed.</summary>
    /// <param name="plan">How much is broken.</param>
    /// <param name="kind">Is told what was found.</param>
    /// <param name="nodes">Nodes of the broker.</param>
    public static Task RunOnRabbitAsync(ChaosPlan plan, ChaosKind kind, int nodes) => LocalRabbit.FindProgram() is null
        ? Task.CompletedTask : RunAsync(plan, kind, folder => new RabbitChaosBroker(folder, nodes));

    /// <summary>
    /// Breaks things on one node of NATS whose disk is really full now and then; nothing where it is not installed or nobody may mount.
    /// </summary>
    /// <param name="plan">How much is broken.</param>
    /// <param name="kind">Is told what was found.</param>
    public static async Task RunOnSmallDiskAsync(ChaosPlan plan, ChaosKind kind)
    {
        using LimitedDisk? disk = LocalBroker.FindProgram() is null ? null : LimitedDisk.TryCreate(NatsFullDiskBroker.DiskBytes);
        if (disk is not null)
            await RunAsync(plan, kind, _ => new NatsFullDiskBroker(disk)).ConfigureAwait(false);
    }

    private static async Task RunAsync(ChaosPlan plan, ChaosKind kind, Func<string, ChaosBroker> start)
    {
        using var chaos = new ClusterChaos(plan, kind, start);
        await chaos.RunAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (ChaosChild? host in _hosts)
            host?.Dispose();
        _hub?.Dispose();
        foreach (ChaosProxy proxy in _proxies)
            proxy.Dispose();
        _broker.Dispose();
        if (!_isKept)
            Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync()
    {
        StartHub();
        for (int host = 0; host < Hosts; host++)
            StartHost(host, drains: false);
        Func<Task>[] blows = [KillHostAsync, KillNodeAsync, CutAsync, KillHubAsync, DeleteStreamAsync, SlowAsync, FillAsync];
        for (int i = 0; i < _plan.Kills; i++)
        {
            await Task.Delay(200 + _random.Next(400)).ConfigureAwait(false);
            // Each kind in turn, then by chance.
            Func<Task> blow = blows[i < blows.Length ? i : _random.Next(blows.Length)];
            _plan.Progress($"{_kind.Name}: {blow.Method.Name}");
            Log($"{i + 1} {blow.Method.Name}");
            await blow().ConfigureAwait(false);
            _kind.Kills++;
        }

        for (int host = 0; host < Hosts; host++)
            EndHost(host);
        for (int host = 0; host < Hosts; host++)
            await DrainAsync(host).ConfigureAwait(false);
        _hub!.Kill();
        _kind.Confirmed += _ledger.ConfirmedCount;
        for (int host = 0; host < Hosts; host++)
            await AddAsync(_ledger.Compare(NameOf(host), HostFolder(host), HubFolder)).ConfigureAwait(false);
        int stalls = File.ReadLines(LogOf(ClusterVictim.HubName)).Count(static line => line.Contains($"fault {ClusterFault.Stalled} "));
        _plan.Progress($"{_kind.Name}: {stalls} times the broker gave nothing of what it had");
        if (_isKept)
            _kind.Add([$"what there was is in {_folder}"]);
    }

    // What the broker says now is gone with it.
    private async Task AddAsync(IEnumerable<string> differences)
    {
        string[] all = [.. differences];
        _kind.Add(all);
        if (all.Length == 0)
            return;
        _isKept = true;
        foreach (string difference in all)
            Log(difference);
        Log(await _broker.DescribeAsync(Enumerable.Range(0, Shards).Select(static shard => ClusterNames.FrameStream(shard, Shards)))
            .ConfigureAwait(false));
    }

    private void Log(string text) => File.AppendAllText(
        LogOf("chaos"), string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {text}\n"));

    private string LogOf(string name) => Path.Combine(_folder, $"{name}.log");

    private Task KillHostAsync()
    {
        int host = _random.Next(Hosts);
        EndHost(host);
        StartHost(host, drains: false);
        return Task.CompletedTask;
    }

    private async Task KillNodeAsync()
    {
        int node = _random.Next(_broker.NodeCount);
        _broker.Kill(node);
        await Task.Delay(_random.Next(1000)).ConfigureAwait(false);
        _broker.Restart(node);
    }

    private async Task CutAsync()
    {
        foreach (ChaosProxy proxy in _proxies)
            proxy.IsCut = true;
        await Task.Delay(_random.Next(1000)).ConfigureAwait(false);
        foreach (ChaosProxy proxy in _proxies)
            proxy.IsCut = false;
    }

    private async Task SlowAsync()
    {
        foreach (ChaosProxy proxy in _proxies)
            proxy.DelayMilliseconds = 1 + _random.Next(40);
        await Task.Delay(500).ConfigureAwait(false);
        foreach (ChaosProxy proxy in _proxies)
            proxy.DelayMilliseconds = 0;
    }

    private async Task KillHubAsync()
    {
        _hub!.Kill();
        await Task.Delay(_random.Next(500)).ConfigureAwait(false);
        StartHub();
    }

    /// <summary>
    /// Nobody consumes until the broker has reached the limit of what it may store and each host has said so; then somebody does, and the
    /// hosts have to go on by themselves.
    /// </summary>
    private async Task FillAsync()
    {
        _hub!.Kill();
        if (!await TryEnsureStreamsAsync().ConfigureAwait(false))
        {
            // Without its streams the broker is not full, and to mend them is the hub's.
            StartHub();
            return;
        }

        _broker.TakeRoom();
        for (int host = 0; host < Hosts; host++)
        {
            if (!await HasSaidAsync(host, [.. _broker.FaultsWhenFull.Select(static fault => $"fault {fault} ")]).ConfigureAwait(false))
            {
                await AddAsync([$"{NameOf(host)} does not say that the broker is full, but: {_hosts[host]!.LastOf("fault ")}"])
                    .ConfigureAwait(false);
            }
        }

        _broker.GiveRoom();
        StartHub();
        for (int host = 0; host < Hosts; host++)
        {
            if (!await HasSaidAsync(host, ["fault None"]).ConfigureAwait(false))
            {
                await AddAsync([
                    $"{NameOf(host)} does not go on when there is room: {_hosts[host]!.LastOf("fault ")}; the hub says: "
                    + $"{_hub!.LastOf("fault ")}",
                ]).ConfigureAwait(false);
            }
        }
    }

    // The hub may have been killed before it had made a stream again that was deleted.
    private async Task<bool> TryEnsureStreamsAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await using IClusterTransport transport = ClusterTransports.Create(ClusterVictim.OptionsOf(HubTarget), "chaos");
        for (int shard = 0; shard < Shards;)
        {
            try
            {
                await transport.EnsureStreamAsync(
                    new TransportStream(ClusterNames.FrameStream(shard, Shards), ClusterNames.FrameSubjects(shard, Shards), IsQueue: true),
                    CancellationToken.None).ConfigureAwait(false);
                shard++;
            }
            catch (ClusterException)
            {
                // The broker has no leader at the moment.
                if (Stopwatch.GetElapsedTime(start) > StreamPatience)
                    return false;
                await Task.Delay(100).ConfigureAwait(false);
            }
        }

        return true;
    }

    private async Task<bool> HasSaidAsync(int host, string[] beginnings)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < _broker.Patience)
        {
            if (_hosts[host]!.LastOf("fault ") is { } fault
                && beginnings.Any(beginning => fault.StartsWith(beginning, StringComparison.Ordinal)))
                return true;
            await Task.Delay(20).ConfigureAwait(false);
        }

        return false;
    }

    private Task DeleteStreamAsync() => _broker.DeleteStreamAsync(ClusterNames.FrameStream(_random.Next(Shards), Shards));

    private static string NameOf(int host) => $"host-{host + 1}";

    private string HostFolder(int host) => Path.Combine(_folder, NameOf(host));

    private string HubFolder => Path.Combine(_folder, "hub");

    private int Replicas => _broker.NodeCount >= 3 ? 3 : 1;

    private string ProxyUrl => string.Join(',', _proxies.Select(proxy => $"{_broker.Scheme}://127.0.0.1:{proxy.Port}"));

    private string HubTarget => ClusterVictim.Target(
        HubFolder, _broker.Url, ClusterVictim.HubName, Shards, Replicas, drains: false, _broker.MaxStreamBytes);

    private void StartHub() => _hub = ChaosChild.Start("cluster-hub", HubTarget, 0, string.Empty, log: LogOf(ClusterVictim.HubName));

    private void StartHost(int host, bool drains)
    {
        // A host has the proxies only, so that it can be cut off.
        _hosts[host] = ChaosChild.Start(
            "cluster-host",
            ClusterVictim.Target(HostFolder(host), ProxyUrl, NameOf(host), Shards, Replicas, drains, _broker.MaxStreamBytes),
            ++_seed, string.Empty, log: LogOf(NameOf(host)));
    }

    private void EndHost(int host)
    {
        _ledger.Take(NameOf(host), _hosts[host]!.Kill());
        _hosts[host] = null;
    }

    private async Task DrainAsync(int host)
    {
        StartHost(host, drains: true);
        long start = Stopwatch.GetTimestamp();
        while (!_hosts[host]!.HasSaid("drained"))
        {
            if (Stopwatch.GetElapsedTime(start) > _broker.Patience)
            {
                await AddAsync([
                    $"{NameOf(host)} does not drain: {_hosts[host]!.LastOf("at ") ?? "no word"}; it says: "
                    + $"{_hosts[host]!.LastOf("fault ")}; the hub says: {_hub!.LastOf("fault ")}",
                ]).ConfigureAwait(false);
                break;
            }

            await Task.Delay(10).ConfigureAwait(false);
        }

        EndHost(host);
    }
}
