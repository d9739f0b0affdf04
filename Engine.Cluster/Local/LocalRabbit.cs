using System.Diagnostics;

namespace Engine.Cluster.Local;

/// <summary>
/// RabbitMQ of one's own on loopback, one node in a folder, with ports, names and a secret of its own: for trying things out and for
/// tests. Its processes end with this object, and with this process if that ends without a word. Not thread-safe.
/// </summary>
internal sealed class LocalRabbit : IDisposable
{
    private const string Program = "rabbitmq-server";
    // Debian's command in /usr/sbin changes the user first.
    private static readonly string[] s_folders = ["/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/rabbitmq/sbin"];
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    private readonly string _folder;
    private readonly int _port = LocalPort.Free();
    private readonly int _distributionPort = LocalPort.Free();
    private readonly int _mapperPort = LocalPort.Free();
    private readonly OwnedProcess _mapper;
    private OwnedProcess? _server;

    private LocalRabbit(string folder, string settings)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "plugins"), "[].");
        File.WriteAllText(Path.Combine(folder, "rabbitmq.conf"), settings);
        // Erlang's own would stay behind as a daemon.
        _mapper = OwnedProcess.Start("epmd", ["-port", $"{_mapperPort}", "-address", "127.0.0.1"]);
    }

    /// <summary>Where it is.</summary>
    public string Url => $"amqp://127.0.0.1:{_port}";

    /// <summary>Where the server's program is; null if it is not installed.</summary>
    public static string? FindProgram() => s_folders.Select(static folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    /// <summary>Starts one, and waits until it takes connections.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="settings">Lines of its configuration.</param>
    /// <exception cref="InvalidOperationException">The program is not installed, or does not start.</exception>
    public static LocalRabbit Start(string folder, string settings = "")
    {
        var broker = new LocalRabbit(folder, settings);
        try
        {
            broker.StartServer();
            return broker;
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _server?.Dispose();
        _mapper.Dispose();
    }

    private void StartServer()
    {
        string program = FindProgram()
            ?? throw new InvalidOperationException($"{Program} is not installed; Debian's package is {Program}.");
        _server = OwnedProcess.Start(program, [], new Dictionary<string, string>
        {
            // The secret of Erlang's nodes is kept there.
            ["HOME"] = _folder,
            ["ERL_EPMD_PORT"] = $"{_mapperPort}",
            ["RABBITMQ_NODENAME"] = $"engine{_port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{_port}",
            ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        });
        long start = Stopwatch.GetTimestamp();
        while (!LocalPort.IsTaken(_port))
        {
            if (_server.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeout)
                throw new InvalidOperationException($"{Program} does not start on port {_port}; its log is in {_folder}/log.");
            Thread.Sleep(50);
        }
    }
}
