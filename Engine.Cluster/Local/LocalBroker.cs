using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Engine.Cluster.Local;

/// <summary>
/// A broker of one's own on loopback, of one node or several, in a folder: for trying things out and for tests. Its processes end with
/// this object, and with this process if that ends without a word. Not thread-safe.
/// </summary>
internal sealed class LocalBroker : IDisposable
{
    private const string Program = "nats-server";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    private readonly string _folder;
    private readonly string _settings;
    private readonly Node[] _nodes;

    private LocalBroker(string folder, int nodes, int? firstPort, string settings)
    {
        (_folder, _settings) = (folder, settings);
        _nodes =
        [
            .. Enumerable.Range(0, nodes).Select(i => new Node(firstPort is { } port ? port + i : LocalPort.Free(), LocalPort.Free())),
        ];
    }

    /// <summary>The addresses of all nodes.</summary>
    public string Url => string.Join(',', _nodes.Select(static node => $"nats://127.0.0.1:{node.Port}"));

    public int NodeCount => _nodes.Length;

    /// <summary>Where the server's program is; null if it is not installed.</summary>
    public static string? FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/bin"]).Where(static folder => folder.Length > 0)
        .Select(static folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    /// <summary>Starts one, and waits until it takes connections.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="firstPort">The first one's port; null for free ones.</param>
    /// <param name="settings">More lines of its configuration: users, limits, certificates.</param>
    /// <param name="storeBytes">Bytes that a node may store.</param>
    /// <exception cref="InvalidOperationException">The program is not installed or does not start, or a port is in use.</exception>
    public static LocalBroker Start(
        string folder, int nodes = 1, int? firstPort = null, string settings = "", long storeBytes = 8L << 30)
    {
        var broker = new LocalBroker(folder, nodes, firstPort, FormattableString.Invariant(
            $"jetstream: {{ store_dir: \"FOLDER\", max_file_store: {storeBytes} }}\n") + settings);
        try
        {
            // Whoever answers there would be taken for the node.
            if (Array.Find(broker._nodes, static node => LocalPort.IsTaken(node.Port)) is { Port: var taken })
                throw new InvalidOperationException($"Port {taken} of 127.0.0.1 is in use by another program; choose another one.");
            for (int i = 0; i < nodes; i++)
                broker.StartNode(i);
            for (int i = 0; i < nodes; i++)
                broker.WaitUntilReady(i);
            return broker;
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    /// <summary>The port of a node.</summary>
    public int PortOf(int node) => _nodes[node].Port;

    /// <summary>The process of a node, for measurements; null if there is none.</summary>
    public int? ProcessIdOf(int node) => _nodes[node].Process?.ServerId;

    /// <summary>Kills a node, as a crash would.</summary>
    public void Kill(int node)
    {
        if (_nodes[node].Process is not { } process)
            return;
        process.Dispose();
        _nodes[node].Process = null;
    }

    /// <summary>Starts a node again, and waits until it takes connections.</summary>
    public void Restart(int node)
    {
        Kill(node);
        StartNode(node);
        WaitUntilReady(node);
    }

    public void Dispose()
    {
        for (int i = 0; i < _nodes.Length; i++)
            Kill(i);
    }

    private string FolderOf(int node) => Path.Combine(_folder, FormattableString.Invariant($"node-{node + 1}"));

    private void StartNode(int node)
    {
        string program = FindProgram()
            ?? throw new InvalidOperationException($"{Program} is not installed; Debian's package is {Program}.");
        string folder = FolderOf(node);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "nats.conf");
        File.WriteAllText(file, Configuration(node, folder));
        _nodes[node].Process = OwnedProcess.Start(program, ["-c", file, "-l", Path.Combine(folder, "nats.log")]);
    }

    private string Configuration(int node, string folder)
    {
        var text = new StringBuilder();
        text.Append("listen: \"127.0.0.1:").Append(_nodes[node].Port).Append("\"\nserver_name: n").Append(node + 1).Append('\n');
        // On a busy machine a client may need more than the server's own patience of 2 s to sign on.
        text.Append(CultureInfo.InvariantCulture, $"authorization: {{ timeout: {StartTimeout.TotalSeconds} }}\n");
        text.Append(_settings.Replace("FOLDER", folder, StringComparison.Ordinal)).Append('\n');
        if (_nodes.Length == 1)
            return text.ToString();
        string routes = string.Join(", ", _nodes.Select(static other => $"\"nats-route://127.0.0.1:{other.RoutePort}\""));
        text.Append("cluster: { name: engine, listen: \"127.0.0.1:").Append(_nodes[node].RoutePort)
            .Append("\", no_advertise: true, routes: [ ").Append(routes).Append(" ] }\n");
        return text.ToString();
    }

    private void WaitUntilReady(int node)
    {
        long start = Stopwatch.GetTimestamp();
        while (!LocalPort.IsTaken(_nodes[node].Port))
        {
            if (_nodes[node].Process is not { HasExited: false } || Stopwatch.GetElapsedTime(start) > StartTimeout)
            {
                string log = Path.Combine(FolderOf(node), "nats.log");
                string last = File.Exists(log) ? File.ReadLines(log).LastOrDefault() ?? string.Empty : string.Empty;
                throw new InvalidOperationException($"{Program} does not start on port {_nodes[node].Port}: {last}");
            }

            Thread.Sleep(5);
        }
    }

    private sealed class Node(int port, int routePort)
    {
        public int Port => port;

        public int RoutePort => routePort;

        public OwnedProcess? Process { get; set; }
    }
}
