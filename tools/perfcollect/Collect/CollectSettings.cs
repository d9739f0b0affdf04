namespace Engine.PerfCollect.Collect;

/// <summary>What a capture was asked to do.</summary>
/// <param name="ProcessId">The process to attach to, or null to start the command.</param>
/// <param name="Command">The command to start with its arguments; empty with a process.</param>
/// <param name="Paths">The files to write.</param>
/// <param name="Duration">How long to capture, or null for until the end or Ctrl+C.</param>
/// <param name="WantsCpu">Whether samples of perf were asked for.</param>
/// <param name="WantsEvents">Whether events were asked for.</param>
/// <param name="MayOverwrite">Whether files of that name may be replaced.</param>
internal sealed record CollectSettings(
    int? ProcessId,
    IReadOnlyList<string> Command,
    CapturePaths Paths,
    TimeSpan? Duration,
    bool WantsCpu,
    bool WantsEvents,
    bool MayOverwrite)
{
    /// <summary>Neither was asked for: what is possible is captured, and what is not is said.</summary>
    public bool IsBestEffort => !WantsCpu && !WantsEvents;
}
