using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Engine.Tests.Support;
using Npgsql;

namespace Engine.Tests.Storage.Support;

/// <summary>
/// Debian's PostgreSQL in a folder of its own, on loopback and a free port, started when the first test wants it and stopped with the
/// test run.
/// </summary>
internal sealed class PostgreSqlServer
{
    private const string Missing =
        "PostgreSQL is not installed, so its tests were left out; Debian's package is postgresql (apt-get install postgresql).";

    private static readonly Lazy<PostgreSqlServer?> s_server = new(Start);

    private string _folder = "";
    private string _bin = "";
    private int _port;
    private Process? _process;

    /// <summary>What connects to an empty schema of its own; leaves the test out where there is no server.</summary>
    public static string NewDatabase()
    {
        PostgreSqlServer? server = s_server.Value;
        if (server is null)
            Assert.Inconclusive(Missing);
        string schema = "t" + Guid.NewGuid().ToString("N");
        using NpgsqlConnection connection = server!.Connect();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"CREATE SCHEMA {schema}";
        command.ExecuteNonQuery();
        return $"{server.ConnectionString};Search Path={schema}";
    }

    /// <summary>Stops the server if there is one.</summary>
    public static void Stop()
    {
        if (!s_server.IsValueCreated || s_server.Value is not { } server)
            return;
        server.Run("pg_ctl", "stop", "-D", server._folder, "-m", "immediate");
        server._process!.WaitForExit(TimeSpan.FromSeconds(30));
        server._process.Dispose();
        Directory.Delete(server._folder, recursive: true);
    }

    private static PostgreSqlServer? Start()
    {
        string? bin = Folders().FirstOrDefault(
            static folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
        if (bin is null)
            return null;
        var server = new PostgreSqlServer
        {
            _bin = bin,
            _folder = Directory.CreateTempSubdirectory("engine-postgresql-").FullName,
            _port = FreePort(),
        };
        if (Environment.IsPrivilegedProcess)
            server.Run("chown", "postgres", server._folder);
        server.Run("initdb", "-D", server._folder, "-A", "trust", "-U", "engine", "-E", "UTF8", "--locale=C", "--no-sync");
        server._process = Process.Start(server.Command(
            "postgres", "-D", server._folder, "-p", $"{server._port}", "-k", server._folder, "-c", "listen_addresses=127.0.0.1"))!;
        server._process.OutputDataReceived += static (_, _) => { };
        server._process.ErrorDataReceived += static (_, _) => { };
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        Eventually.IsTrue(server.IsReady);
        return server;
    }

    private string ConnectionString =>
        $"Host=127.0.0.1;Port={_port};Username=engine;Database=postgres;SSL Mode=Disable;Pooling=false;Timeout=5";

    private NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        return connection;
    }

    private bool IsReady()
    {
        try
        {
            Connect().Dispose();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Folders() =>
        (Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(static version => Path.Combine(version, "bin"))
            : []).Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Run(string program, params string[] arguments)
    {
        (int code, string output) = TryRun(program, arguments);
        if (code != 0)
            Assert.Fail($"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}");
    }

    private (int ExitCode, string Output) TryRun(string program, params string[] arguments)
    {
        using Process process = Process.Start(Command(program, arguments))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    /// <summary>The server refuses to run as root.</summary>
    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        string path = program == "chown" ? program : Path.Combine(_bin, program);
        return Environment.IsPrivilegedProcess && program != "chown"
            ? Quiet(new ProcessStartInfo("runuser", ["-u", "postgres", "--", path, .. arguments]))
            : Quiet(new ProcessStartInfo(path, arguments));
    }

    private static ProcessStartInfo Quiet(ProcessStartInfo start)
    {
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = "/";
        return start;
    }
}
