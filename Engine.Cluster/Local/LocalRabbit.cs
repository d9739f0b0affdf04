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
    private readonly int _tlsPort = LocalPort.Free();
    private readonly OwnedProcess _mapper;
    private OwnedProcess? _server;

    private LocalRabbit(string folder, string settings)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "plugins"), "[].");
        File.WriteAllText(
            Path.Combine(folder, "rabbitmq.conf"), settings.Replace("TLS-PORT", $"{_tlsPort}", StringComparison.Ordinal));
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

    /// <summary>Where it takes encrypted connections, if its settings are those of <see cref="TlsSettings"/>.</summary>
    public string TlsUrl => $"amqps://127.0.0.1:{_tlsPort}";

    /// <summary>The lines of a configuration with which it takes encrypted connections too.</summary>
    /// <param name="certificateFile">Its certificate, in PEM.</param>
    /// <param name="keyFile">The certificate's key, in PEM.</param>
    /// <param name="authorityFile">Who has signed it, in PEM.</param>
    public static string TlsSettings(string certificateFile, string keyFile, string authorityFile) =>
        $"listeners.ssl.1 = 127.0.0.1:TLS-PORT\nssl_options.certfile = {certificateFile}\nssl_options.keyfile = {keyFile}\n"
        + $"ssl_options.cacertfile = {authorityFile}\nssl_options.verify = verify_none\n";

    /// <summary>Has the server's own tool do something to it.</summary>
    /// <param name="arguments">What, as on its command line.</param>
    /// <exception cref="InvalidOperationException">The tool fails, and says why.</exception>
    public void Control(params string[] arguments)
    {
        string tool = Path.Combine(Path.GetDirectoryName(FindProgram()!)!, "rabbitmqctl");
        var start = new ProcessStartInfo(tool, ["-q", "--node", Variables()["RABBITMQ_NODENAME"], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in Variables())
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
        _server?.Dispose();
        _mapper.Dispose();
    }

    private void StartServer()
    {
        string program = FindProgram()
            ?? throw new InvalidOperationException($"{Program} is not installed; Debian's package is {Program}.");
        _server = OwnedProcess.Start(program, [], Variables());
        long start = Stopwatch.GetTimestamp();
        while (!LocalPort.IsTaken(_port))
        {
            if (_server.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeout)
                throw new InvalidOperationException($"{Program} does not start on port {_port}; its log is in {_folder}/log.");
            Thread.Sleep(50);
        }
    }

    private Dictionary<string, string> Variables() => new()
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
    };
}
