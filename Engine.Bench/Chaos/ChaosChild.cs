using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Support;

namespace Engine.Bench.Chaos;

/// <summary>
/// A victim: another process of this program, whose lines are gathered until it is dead. It dies with this process, however that ends.
/// </summary>
internal sealed class ChaosChild : IDisposable
{
    private const string Name = "chaos-child";

    private readonly Process _process;
    private readonly Task _reading;
    private readonly List<string> _lines = [];

    private ChaosChild(Process process, string? log)
    {
        _process = process;
        _reading = Task.Run(() => Read(log));
    }

    /// <summary>The hidden command that makes this program the child process.</summary>
    public static Command CreateChild()
    {
        var work = new Argument<string>("work");
        var target = new Argument<string>("target");
        var seed = new Argument<int>("seed");
        var step = new Argument<string>("step");
        var fullEvery = new Argument<long>("full-every");
        var command = new Command(Name) { work, target, seed, step, fullEvery };
        command.Hidden = true;
        command.SetAction(async (arguments, _) =>
        {
            SelfProcess.EndWithStarter();
            ChaosSteps.Arm(arguments.GetValue(step)!);
            int number = arguments.GetValue(seed);
            string place = arguments.GetValue(target)!;
            switch (arguments.GetValue(work))
            {
                case "journal":
                    JournalVictim.Run(place, number, arguments.GetValue(fullEvery));
                    break;
                case "cluster-host":
                    await ClusterVictim.RunHostAsync(place, number).ConfigureAwait(false);
                    break;
                case "cluster-publisher":
                    await ClusterVictim.RunPublisherAsync(place).ConfigureAwait(false);
                    break;
                case "cluster-hub":
                    await ClusterVictim.RunHubAsync(place).ConfigureAwait(false);
                    break;
                case "sourcing":
                    await SourcingVictim.RunAsync(place, number).ConfigureAwait(false);
                    break;
                default:
                    await DatabaseVictim.RunAsync(place, number).ConfigureAwait(false);
                    break;
            }

            return 0;
        });
        return command;
    }

    /// <summary>Starts one.</summary>
    /// <param name="work">Its work.</param>
    /// <param name="target">The directory or database.</param>
    /// <param name="seed">Its seed, or first number.</param>
    /// <param name="step">At which step it is to die; empty for none.</param>
    /// <param name="fullEvery">After how many bytes its disk is full; 0 for never.</param>
    /// <param name="log">A file that gets its lines too, behind those of lives before; null for none.</param>
    public static ChaosChild Start(
        string work, string target, int seed, string step, long fullEvery = 0, string? log = null) => new(
        SelfProcess.Start(
            Name, work, target, seed.ToString(CultureInfo.InvariantCulture), step, fullEvery.ToString(CultureInfo.InvariantCulture)),
        log);

    /// <summary>Waits until it has said something, or is dead.</summary>
    public void WaitForLines(int count, TimeSpan timeout)
    {
        long start = Environment.TickCount64;
        while (!_process.HasExited && Environment.TickCount64 - start < timeout.TotalMilliseconds)
        {
            lock (_lines)
            {
                if (_lines.Count >= count)
                    return;
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Its number.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Whether its last line is this one.</summary>
    public bool HasSaid(string line)
    {
        lock (_lines)
            return _lines.Count > 0 && _lines[^1] == line;
    }

    /// <summary>The last of its lines that begins with a text; null if it has said none.</summary>
    public string? LastOf(string beginning)
    {
        lock (_lines)
            return _lines.FindLast(line => line.StartsWith(beginning, StringComparison.Ordinal));
    }

    /// <summary>Waits until it has died by itself.</summary>
    /// <returns>Whether it has.</returns>
    public bool WaitForDeath(TimeSpan timeout) => _process.WaitForExit(timeout);

    /// <summary>Kills it, and gives what it has said.</summary>
    public IReadOnlyList<string> Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _reading.GetAwaiter().GetResult();
        return _lines;
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Read(string? log)
    {
        using StreamWriter? file = log is null ? null : File.AppendText(log);
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            lock (_lines)
                _lines.Add(line);
            file?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {line}"));
        }
    }
}
