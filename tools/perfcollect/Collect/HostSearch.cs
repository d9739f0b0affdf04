using Microsoft.Diagnostics.NETCore.Client;

namespace Engine.PerfCollect.Collect;

/// <summary>Finds the .NET hosts among a started command and what it starts. They wait, suspended, until they are let go.</summary>
internal sealed class HostSearch(int rootProcessId)
{
    /// <summary>Makes a host wait at its start, so that nothing of it is missed.</summary>
    public const string SuspendVariable = "DOTNET_DefaultDiagnosticPortSuspend";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);
    private readonly HashSet<int> _released = [];

    /// <summary>The first host that shows up, still suspended; null when the command ends before one does.</summary>
    public async Task<int?> FindAsync(Task commandEnded, CancellationToken cancellation)
    {
        while (!commandEnded.IsCompleted && !cancellation.IsCancellationRequested)
        {
            int host = Waiting().FirstOrDefault();
            if (host != 0)
                return host;
            await Task.WhenAny(commandEnded, Task.Delay(LookInterval, cancellation));
        }

        return null;
    }

    /// <summary>Lets a host go. What it starts itself does not wait.</summary>
    public void Release(int host)
    {
        _released.Add(host);
        try
        {
            var client = new DiagnosticsClient(host);
            client.SetEnvironmentVariable(SuspendVariable, "0");
            client.ResumeRuntime();
        }
        catch (Exception error) when (error is DiagnosticsClientException or IOException or TimeoutException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Lets go what the command starts later, beside the profiled host, until the token is cancelled.</summary>
    public async Task ReleaseOthersAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            foreach (int host in Waiting())
                Release(host);
            await Task.Delay(LookInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<int> Waiting() => DiagnosticPorts.InTree(rootProcessId).Where(id => !_released.Contains(id));
}
