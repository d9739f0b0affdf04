using Microsoft.Diagnostics.NETCore.Client;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// The perf map of a running host: the file in which the runtime names the code it has compiled. A host that does not write
/// one is told to for a moment, which is enough for all code there is; nothing of it stays behind.
/// </summary>
internal sealed class PerfMapSnapshot(int processId, TemporaryFolder temporary)
{
    private readonly bool _isWrittenAnyway = ProcessFacts.EnvironmentOf(processId, "DOTNET_PerfMapEnabled") is string value && value != "0";

    // Where perf looks for it; TMPDIR means nothing here.
    private readonly string _map = Path.Combine(
        ProcessFacts.EnvironmentOf(processId, "DOTNET_PerfMapJitDumpPath") ?? "/tmp", $"perf-{processId}.map");

    /// <summary>Takes a snapshot at the start, for the case that the host is gone at the end. Says what is missing if it cannot.</summary>
    public void TakeFirst()
    {
        try
        {
            Take();
        }
        catch (Exception error) when (IsExpected(error))
        {
            Notices.Write(
                $"process {processId} writes no perf map and cannot be told to ({error.Message}): managed frames of perf have names "
                + "only with --events, or when the process is started with DOTNET_PerfMapEnabled=1");
        }
    }

    /// <summary>Takes another at the end, with the code that was compiled meanwhile.</summary>
    public void TakeLast()
    {
        try
        {
            if (ProcessFacts.IsRunning(processId))
                Take();
        }
        catch (Exception error) when (IsExpected(error))
        {
            // The host has ended meanwhile. The first snapshot stays.
        }
    }

    private void Take()
    {
        string copy = temporary.PathOf(Path.GetFileName(_map));
        if (_isWrittenAnyway)
        {
            File.Copy(_map, copy, overwrite: true);
            return;
        }

        var client = new DiagnosticsClient(processId);
        try
        {
            client.EnablePerfMap(PerfMapType.PerfMap);
            client.DisablePerfMap();
            File.AppendAllText(copy, File.ReadAllText(_map));
        }
        finally
        {
            File.Delete(_map);
            File.Delete(Path.Combine(Path.GetDirectoryName(_map)!, $"perfinfo-{processId}.map"));
        }
    }

    private static bool IsExpected(Exception error) =>
        error is DiagnosticsClientException or IOException or UnauthorizedAccessException or TimeoutException;
}
