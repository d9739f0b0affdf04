using System.Globalization;

namespace Engine.Bench.Gate.Reporting;

/// <summary>How busy the whole machine was while it measured.</summary>
internal static class LoadAverage
{
    private const string File = "/proc/loadavg";

    /// <summary>Runnable threads in the mean of the last minute, this program's included; null where unknown.</summary>
    public static double? Read() => System.IO.File.Exists(File)
        ? double.Parse(System.IO.File.ReadAllText(File).Split(' ')[0], CultureInfo.InvariantCulture)
        : null;
}
