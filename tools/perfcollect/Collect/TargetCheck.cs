namespace Engine.PerfCollect.Collect;

/// <summary>Whether a process can be profiled.</summary>
internal static class TargetCheck
{
    /// <exception cref="PerfCollectException">There is no such process, or it is another user's.</exception>
    public static void CheckAttachable(int processId)
    {
        if (!ProcessFacts.Exists(processId) || !ProcessFacts.IsRunning(processId))
            throw new PerfCollectException($"there is no process {processId}");
        int owner = ProcessFacts.UserOf(processId) ?? ProcessFacts.CurrentUser;
        if (ProcessFacts.CurrentUser != 0 && owner != ProcessFacts.CurrentUser)
            throw new PerfCollectException(
                $"process {processId} belongs to the user with id {owner}; run perfcollect as that user or as root");
    }

    public static string NoHost(int processId) =>
        $"process {processId} is no .NET host with a diagnostic port; only --cpu works for others (a host started with " +
        $"DOTNET_EnableDiagnostics=0 has none)";
}
