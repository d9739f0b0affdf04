using System.Globalization;

namespace Engine.PerfCollect.Collect;

/// <summary>What Linux tells about processes.</summary>
internal static class ProcessFacts
{
    private const int StartField = 19;

    public static bool Exists(int processId) => Directory.Exists($"/proc/{processId}");

    /// <summary>Whether the process runs; false for one that has ended and only waits to be reaped.</summary>
    public static bool IsRunning(int processId) => StatusLine(processId, "State:") is string state && state is not ("Z" or "X");

    public static int? ParentOf(int processId) => ParseNumber(StatusLine(processId, "PPid:"));

    /// <summary>The effective user of a process.</summary>
    public static int? UserOf(int processId) => ParseNumber(StatusLine(processId, "Uid:", 1));

    public static int CurrentUser => UserOf(Environment.ProcessId) ?? -1;

    /// <summary>Whether a process is the given one or was started by it, directly or not.</summary>
    public static bool IsInTree(int processId, int root)
    {
        for (int? current = processId; current is int id and > 1; current = ParentOf(id))
        {
            if (id == root)
                return true;
        }

        return false;
    }

    /// <summary>A variable of the environment the process was started with; null where it is unset or cannot be read.</summary>
    public static string? EnvironmentOf(int processId, string variable)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/environ").Split('\0')
                .Where(entry => entry.StartsWith(variable + "=", StringComparison.Ordinal))
                .Select(entry => entry[(variable.Length + 1)..])
                .FirstOrDefault();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When the process was started, in clock ticks since the machine was, as text; null where there is no such process.</summary>
    public static string? StartTicksOf(int processId)
    {
        try
        {
            // The name of the program comes second, in parentheses, and may hold anything; the time is the 20th behind it.
            string status = File.ReadAllText($"/proc/{processId}/stat");
            string[] fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > StartField ? fields[StartField] : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? StatusLine(int processId, string key, int field = 0)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{processId}/status")
                .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            string[] fields = line?[key.Length..].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
            return field < fields.Length ? fields[field] : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? ParseNumber(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
