using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Engine.Cluster.Local;
using Npgsql;

namespace Engine.Bench.Support;

/// <summary>
/// Debian's PostgreSQL in a folder of its own, on loopback and a free port. It can be crashed, and comes again; it ends with this object,
/// and with this process if that ends without a word.
/// </summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    private readonly string _bin;
    private readonly string _folder;
    private readonly int _port;
    private OwnedProcess? _process;

    private PostgreSqlServer(string bin, string folder, int port) => (_bin, _folder, _port) = (bin, folder, port);

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={_port};Username=engine;Database=postgres;SSL Mode=Disable;Pooling=false;Timeout=5";

    /// <summary>What connects to an empty schema of its own.</summary>
    public string NewDatabase()
    {
        string schema = "t" + Guid.NewGuid().ToString("N");
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"CREATE SCHEMA {schema}";
        command.ExecuteNonQuery();
        return $"{ConnectionString};Search Path={schema}";
    }

    /// <summary>Starts one; null where none is installed.</summary>
    public static PostgreSqlServer? Start()
    {
        string? bin = Folders().FirstOrDefault(
            static folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
        if (bin is null)
            return null;
        var server = new PostgreSqlServer(bin, Directory.CreateTempSubdirectory("engine-postgresql-").FullName, FreePort());
        if (Environment.IsPrivilegedProcess)
            Run(Quiet("chown", "postgres", server._folder));
        Run(server.Command("initdb", "-D", server._folder, "-A", "trust", "-U", "engine", "-E", "UTF8", "--locale=C", "--no-sync"));
        server.Resume();
        return server;
    }

    /// <summary>Ends it without a word to its clients, as a crash would.</summary>
    public void Crash()
    {
        if (_process is null)
            return;
        Run(Command("pg_ctl", "stop", "-D", _folder, "-m", "immediate"));
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it, and waits until it answers.</summary>
    public void Resume()
    {
        ProcessStartInfo command = Command(
            "postgres", "-D", _folder, "-p", $"{_port}", "-k", _folder, "-c", "listen_addresses=127.0.0.1");
        _process = OwnedProcess.Start("env", ["-C", command.WorkingDirectory, command.FileName, .. command.ArgumentList]);
        long start = Stopwatch.GetTimestamp();
        while (!IsReady())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeout)
                throw new InvalidOperationException("PostgreSQL does not start.");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        Crash();
        Directory.Delete(_folder, recursive: true);
    }

    private bool IsReady()
    {
        try
        {
            using var connection = new NpgsqlConnection(ConnectionString);
            connection.Open();
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

    private static void Run(ProcessStartInfo command)
    {
        using Process process = Process.Start(command)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command.FileName} ended with {process.ExitCode}: {errors.Result.Trim()}");
    }

    /// <summary>The server refuses to run as root.</summary>
    private ProcessStartInfo Command(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? Quiet("runuser", ["-u", "postgres", "--", Path.Combine(_bin, program), .. arguments])
        : Quiet(Path.Combine(_bin, program), arguments);

    private static ProcessStartInfo Quiet(string program, params string[] arguments) => new(program, arguments)
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
        WorkingDirectory = "/",
    };
}
