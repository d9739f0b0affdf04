using System.Globalization;
using System.Text.RegularExpressions;

namespace Engine.PerfCollect.Collect;

/// <summary>
/// The sockets by which .NET hosts can be reached. Each lies in the temporary folder of its host, and its name holds the host's number and
/// the time it was started at: a host that is killed leaves its socket behind, and its number comes again.
/// </summary>
internal static partial class DiagnosticPorts
{
    // A folder that may not be read holds nothing that could be used.
    private static readonly EnumerationOptions Search = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    /// <summary>Whether the process has one.</summary>
    public static bool HasOne(int processId) =>
        Folders(processId).Any(folder => Directory.EnumerateFiles(folder, $"dotnet-diagnostic-{processId}-*-socket", Search)
            .Any(static path => IsOfTheLiving(NamePattern().Match(Path.GetFileName(path)))));

    /// <summary>The hosts among a process and all it has started, as far as they share its temporary folder.</summary>
    public static IEnumerable<int> InTree(int rootProcessId) => Folders(rootProcessId)
        .SelectMany(static folder => Directory.EnumerateFiles(folder, "dotnet-diagnostic-*-socket", Search))
        .Select(static path => NamePattern().Match(Path.GetFileName(path)))
        .Where(IsOfTheLiving)
        .Select(ProcessOf)
        .Where(processId => ProcessFacts.IsInTree(processId, rootProcessId))
        .Distinct();

    private static bool IsOfTheLiving(Match name) =>
        name.Success
        && ProcessFacts.StartTicksOf(ProcessOf(name)) is string ticks
        && name.Groups["start"].ValueSpan.SequenceEqual(ticks);

    private static int ProcessOf(Match name) =>
        int.Parse(name.Groups["pid"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Folders(int processId) =>
        new[] { ProcessFacts.EnvironmentOf(processId, "TMPDIR") ?? "/tmp", Path.GetTempPath() }
            .Select(static folder => Path.TrimEndingDirectorySeparator(folder))
            .Distinct()
            .Where(Directory.Exists);

    [GeneratedRegex(@"^dotnet-diagnostic-(?<pid>\d{1,9})-(?<start>\d+)-socket$")]
    private static partial Regex NamePattern();
}
