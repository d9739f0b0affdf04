using System.Runtime.InteropServices;

namespace Engine.Bench.Gate.Reporting;

/// <summary>What a reader has to know of the machine that measured.</summary>
internal static class MachineFacts
{
    public static string Processor { get; } = File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown"
        : "unknown";

    public static int ProcessorCount => Environment.ProcessorCount;

    public static string Architecture { get; } = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    public static string System { get; } = RuntimeInformation.OSDescription;

    public static string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>Runnable threads of the whole machine in the mean of the last minute, this program's included; null where unknown.</summary>
    public static double? LoadAverage()
    {
        const string Path = "/proc/loadavg";
        return File.Exists(Path) ? double.Parse(File.ReadAllText(Path).Split(' ')[0], global::System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
