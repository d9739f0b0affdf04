using System.Diagnostics;

namespace Engine.Bench.Gate.Measuring;

/// <summary>Starts this program again, with runtime settings of its own.</summary>
internal static class SelfStart
{
    /// <summary>The start of a process to which the command's arguments are to be added.</summary>
    /// <param name="runtimeSettings">Environment variables that take the place of all settings of the runtime.</param>
    /// <param name="wrapper">A program and its arguments that runs this program, if any.</param>
    public static ProcessStartInfo Create(IReadOnlyDictionary<string, string> runtimeSettings, params string[] wrapper)
    {
        // This program may have been started by its own executable or by "dotnet".
        string host = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, typeof(SelfStart).Assembly.Location] : [host];
        string[] line = [.. wrapper, .. program];
        var start = new ProcessStartInfo(line[0], line[1..]);
        foreach (string name in start.Environment.Keys.Where(IsRuntimeSetting).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in runtimeSettings)
            start.Environment[name] = value;
        return start;
    }

    // DOTNET_ROOT and its like say where the runtime is.
    private static bool IsRuntimeSetting(string name) =>
        (name.StartsWith("DOTNET_", StringComparison.Ordinal) && !name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal))
        || name.StartsWith("COMPlus_", StringComparison.Ordinal);
}
