using System.ComponentModel;
using System.Diagnostics;

namespace Engine.PerfCollect.Collect;

/// <summary>The command that the tool has started. It keeps the terminal: its input and output are the tool's own.</summary>
internal sealed class LaunchedCommand : IDisposable
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    private LaunchedCommand(Process process)
    {
        _process = process;
        Ended = process.WaitForExitAsync();
    }

    public int ProcessId => _process.Id;

    public Task Ended { get; }

    /// <summary>Valid after <see cref="Ended"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="PerfCollectException">The command cannot be started.</exception>
    public static LaunchedCommand Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        try
        {
            return new LaunchedCommand(Process.Start(start)!);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            throw new PerfCollectException($"{command[0]} cannot be started: {error.Message}");
        }
    }

    /// <summary>Waits until the command has ended, telling it to with growing force.</summary>
    /// <param name="isTold">Whether the terminal may already have told it, as it does with Ctrl+C.</param>
    public async Task EndAsync(bool isTold)
    {
        if (await EndsWithin(isTold ? FirstPatience : TimeSpan.Zero))
            return;
        NativeMethods.Signal(ProcessId, NativeMethods.SigInt);
        if (await EndsWithin(Patience))
            return;
        NativeMethods.Signal(ProcessId, NativeMethods.SigTerm);
        if (await EndsWithin(Patience))
            return;
        Notices.Write($"the command ignores SIGINT and SIGTERM; killing process {ProcessId}");
        _process.Kill(entireProcessTree: true);
        await Ended;
    }

    public void Dispose() => _process.Dispose();

    private async Task<bool> EndsWithin(TimeSpan patience) => await Task.WhenAny(Ended, Task.Delay(patience)) == Ended;
}
