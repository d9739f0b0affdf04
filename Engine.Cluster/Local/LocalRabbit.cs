using System.Diagnostics;

namespace Engine.Cluster.Local;

/// <summary>
/// RabbitMQ of one's own on loopback, of one node or several, in a folder, with ports, names and a secret of its own: for trying things
/// out and for tests. Its processes end with this object, and with this process if that ends without a word. Not thread-safe.
/// </summary>
internal sealed class LocalRabbit : IDisposable
{
    private const string Program = "rabbitmq-server";
    // Debian's command in /usr/sbin changes the user first.
    private static readonly string[] s_folders = ["/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/rabbitmq/sbin"];
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    private readonly string _folder;
    private readonly string _settings;
    private readonly int _mapperPort = LocalPort.Free();
    private readonly int _tlsPort = LocalPort.Free();
    private readonly Node[] _nodes;
    private readonly OwnedProcess _mapper;

    private LocalRabbit(string folder, string settings, int nodes)
    {
        (_folder, _settings) = (folder, settings);
        _nodes = [.. Enumerable.Range(0, nodes).Select(static _ => new Node(LocalPort.Free(), LocalPort.Free()))];
        Directory.CreateDirectory(folder);
        // Erlang's own would stay behind as a daemon.
        _mapper = OwnedProcess.Start("epmd", ["-port", $"{_mapperPort}", "-address", "127.0.0.1"]);
    }

    /// <summary>The addresses of all nodes.</summary>
    public string Url => string.Join(',', _nodes.Select(static node => $"amqp://127.0.0.1:{node.Port}"));

    public int NodeCount => _nodes.Length;

    /// <summary>Where the server's program is; null if it is not installed.</summary>
    public static string? FindProgram() => s_folders.Select(static folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    /// <summary>Starts one, and waits until all its nodes take connections.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="settings">Lines of its configuration.</param>
    /// <param name="nodes">How many nodes.</param>
    /// <exception cref="InvalidOperationException">The program is not installed, or does not start.</exception>
    public static LocalRabbit Start(string folder, string settings = "", int nodes = 1)
    {
        var broker = new LocalRabbit(folder, settings, nodes);
        try
        {
            // The others join the first one, which makes the secret too.
            broker.StartNode(0);
            broker.WaitUntilReady(0);
            for (int i = 1; i < nodes; i++)
                broker.StartNode(i);
            for (int i = 1; i < nodes; i++)
                broker.WaitUntilReady(i);
            return broker;
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    /// <summary>Where the first node takes encrypted connections, if its settings are those of <see cref="TlsSettings"/>.</summary>
    public string TlsUrl => $"amqps://127.0.0.1:{_tlsPort}";

    /// <summary>The lines of a configuration with which one node takes encrypted connections too.</summary>
    /// <param name="certificateFile">Its certificate, in PEM.</param>
    /// <param name="keyFile">The certificate's key, in PEM.</param>
    /// <param name="authorityFile">Who has signed it, in PEM.</param>
    public static string TlsSettings(string certificateFile, string keyFile, string authorityFile) =>
        $"listeners.ssl.1 = 127.0.0.1:TLS-PORT\nssl_options.certfile = {certificateFile}\nssl_options.keyfile = {keyFile}\n"
        + $"ssl_options.cacertfile = {authorityFile}\nssl_options.verify = verify_none\n";

    /// <summary>The port of a node.</summary>
    public int PortOf(int node) => _nodes[node].Port;

    /// <summary>Kills a node, as a crash would.</summary>
    public void Kill(int node)
    {
        _nodes[node].Process?.Dispose();
        _nodes[node].Process = null;
    }

    /// <summary>Starts a node again, and waits until it takes connections.</summary>
    public void Restart(int node)
    {
        Kill(node);
        StartNode(node);
        WaitUntilReady(node);
    }

    /// <summary>Has the server's own tool do something to the first node.</summary>
    /// <param name="arguments">What, as on its command line.</param>
    /// <exception cref="InvalidOperationException">The tool fails, and says why.</exception>
    public void Control(params string[] arguments)
    {
        string tool = Path.Combine(Path.GetDirectoryName(FindProgram()!)!, "rabbitmqctl");
        Dictionary<string, string> variables = Variables(0);
        var start = new ProcessStartInfo(tool, ["-q", "--node", _nodes[0].Name, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"rabbitmqctl {string.Join(' ', arguments)} ended with {process.ExitCode}: {error} {output.GetAwaiter().GetResult()}");
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < _nodes.Length; i++)
            Kill(i);
        _mapper.Dispose();
    }

    private string FolderOf(int node) => Path.Combine(_folder, FormattableString.Invariant($"node-{node + 1}"));

    private void StartNode(int node)
    {
        string program = FindProgram()
            ?? throw new InvalidOperationException($"{Program} is not installed; Debian's package is {Program}.");
        string folder = FolderOf(node);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "plugins"), "[].");
        File.WriteAllText(Path.Combine(folder, "rabbitmq.conf"), Configuration(node));
        _nodes[node].Process = OwnedProcess.Start(program, [], Variables(node));
    }

    private string Configuration(int node)
    {
        // On a busy machine a client may need more than the server's own patience of 10 s, or 5 s with encryption.
        string patience = FormattableString.Invariant($"{StartTimeout.TotalMilliseconds}");
        string settings = _settings.Replace("TLS-PORT", $"{_tlsPort}", StringComparison.Ordinal)
            + $"\nhandshake_timeout = {patience}\nssl_handshake_timeout = {patience}\n";
        if (_nodes.Length == 1)
            return settings;
        settings += "\ncluster_partition_handling = pause_minority\n";
        return node == 0 ? settings
            : settings + "cluster_formation.peer_discovery_backend = classic_config\n"
                + $"cluster_formation.classic_config.nodes.1 = {_nodes[0].Name}\n"
                + $"cluster_formation.classic_config.nodes.2 = {_nodes[node].Name}\n";
    }

    private void WaitUntilReady(int node)
    {
        long start = Stopwatch.GetTimestamp();
        while (!LocalPort.IsTaken(_nodes[node].Port))
        {
            if (_nodes[node].Process is not { HasExited: false } || Stopwatch.GetElapsedTime(start) > StartTimeout)
            {
                throw new InvalidOperationException(
                    $"{Program} does not start on port {_nodes[node].Port}; its log is in {FolderOf(node)}/log.");
            }

            Thread.Sleep(50);
        }
    }

    private Dictionary<string, string> Variables(int node)
    {
        string folder = FolderOf(node);
        return new()
        {
            // The secret of Erlang's nodes is kept there.
            ["HOME"] = _folder,
            ["ERL_EPMD_PORT"] = $"{_mapperPort}",
            ["RABBITMQ_NODENAME"] = _nodes[node].Name,
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{_nodes[node].Port}",
            ["RABBITMQ_DIST_PORT"] = $"{_nodes[node].DistributionPort}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "data"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(folder, "pid"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        };
    }

    private sealed class Node(int port, int distributionPort)
    {
        public int Port => port;

        public int DistributionPort => distributionPort;

        public string Name { get; } = $"engine{port}@localhost";

        public OwnedProcess? Process { get; set; }
    }
}
