using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Engine.PerfCollect.Collect;

/// <summary>Linux's <c>perf</c>, as it is installed.</summary>
internal static class PerfTool
{
    private const string ParanoidSetting = "/proc/sys/kernel/perf_event_paranoid";

    public static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(static folder => File.Exists(Path.Combine(folder, "perf")));

    public static string HowToInstall =>
        "perf is not on PATH; install it (Debian: apt-get install linux-perf, Ubuntu: linux-tools-generic, Fedora: perf)";

    /// <summary>Starts perf with its messages redirected, in the C locale.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("perf", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["PERF_PAGER"] = "cat";
        try
        {
            Process perf = Process.Start(start)!;
            perf.StandardInput.Close();
            return perf;
        }
        catch (Win32Exception error)
        {
            throw new PerfCollectException($"perf cannot be started: {error.Message}");
        }
    }

    /// <summary>One line for a perf that would not record, with the remedy where the kernel's settings are the cause.</summary>
    public static string Explain(string messages)
    {
        bool isForbidden = messages.Contains("perf_event_paranoid", StringComparison.Ordinal)
            || messages.Contains("ermission", StringComparison.Ordinal)
            || messages.Contains("not permitted", StringComparison.Ordinal)
            || messages.Contains("Access to performance monitoring", StringComparison.Ordinal);
        if (isForbidden && ParanoidLevel is int level and > 1)
            return $"perf is not allowed to users here: kernel.perf_event_paranoid is {level}; as root: sysctl " +
                $"kernel.perf_event_paranoid=1";
        if (isForbidden)
            return "perf is not allowed here, probably by the container's seccomp profile; it needs the capability CAP_PERFMON";
        string first = messages.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault()
            ?? "no message";
        return $"perf record failed: {first}";
    }

    private static int? ParanoidLevel =>
        File.Exists(ParanoidSetting)
        && int.TryParse(File.ReadAllText(ParanoidSetting), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out int level)
            ? level
            : null;
}
