using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Engine.Cluster.Local;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>A whole fleet on one machine, to try it out: a broker, a hub in this process, and hosts in processes of their own.</summary>
internal static class FleetUp
{
    // All streams together have to find room at the broker.
    private const long MaxStreamBytes = 256L << 20;

    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(int hosts, string folder, int port, int seconds, CancellationToken cancellationToken)
    {
        using LocalBroker broker = StartBroker(folder, port);
        string keys = KeyFile(folder);
        FleetRuns.Say($"broker at {broker.Url}, keys in {keys}");
        FleetRuns.Say($"look at it with: engine-fleet view --broker {broker.Url}");
        var children = new List<Process>();
        try
        {
            for (int i = 1; i <= hosts; i++)
            {
                children.Add(Start(
                    "host", "--name", string.Create(CultureInfo.InvariantCulture, $"host-{i}"), "--folder", folder, "--broker", broker.Url,
                    "--keys", keys));
            }

            return await FleetRuns.HubAsync(
                folder, new() { Url = broker.Url, MaxStreamBytes = MaxStreamBytes }, seconds, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (Process child in children)
                await EndAsync(child).ConfigureAwait(false);
        }
    }

    private static LocalBroker StartBroker(string folder, int port)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent && !Directory.Exists(parent))
            throw new UsageException($"--folder: there is no folder {parent}");
        try
        {
            Directory.CreateDirectory(folder);
            return LocalBroker.Start(Path.Combine(folder, "broker"), firstPort: port);
        }
        catch (Exception error) when (error is InvalidOperationException || OutputFile.IsExpected(error))
        {
            throw new UsageException(error.Message);
        }
    }

    // For whoever owns the folder, and nobody else.
    private static string KeyFile(string folder)
    {
        string file = Path.Combine(folder, "keys");
        if (File.Exists(file))
            return file;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        using var writer = new StreamWriter(stream);
        writer.WriteLine($"operator {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))} *");
        return file;
    }

    private static Process Start(params string[] arguments)
    {
        string host = Environment.ProcessPath!;
        string assembly = typeof(FleetUp).Assembly.Location;
        string program = Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(assembly) ? host : "dotnet";
        var start = new ProcessStartInfo(program, program == host ? arguments : [assembly, .. arguments]) { RedirectStandardInput = true };
        start.Environment[FleetRuns.ChildVariable] = "1";
        return Process.Start(start) ?? throw new UsageException($"{program} could not be started");
    }

    private static async Task EndAsync(Process child)
    {
        using (child)
        {
            // As it would where this process is killed.
            child.StandardInput.Close();
            using var time = new CancellationTokenSource(EndTime);
            try
            {
                await child.WaitForExitAsync(time.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                child.Kill();
            }
        }
    }
}
