using System.Diagnostics;
using System.Globalization;

namespace Engine.Tests.PerfCollect;

/// <summary>Processes to profile.</summary>
internal static class Processes
{
    public static string EmulatorAssembly { get; } = Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll");

    /// <summary>
    /// Starts an emulator that runs far longer than a test: the handler of its 3,000 page faults takes half a second
    /// each.
    /// </summary>
    public static Process StartLongEmulator(string temporary)
    {
        var start = new ProcessStartInfo("dotnet", [EmulatorAssembly, "run", "--quiet", "--slow-handler", "vm.page-fault=500000"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = temporary;
        Process emulator = Process.Start(start)!;
        // The guest's first line says that the runtime is up.
        Assert.That(emulator.StandardOutput.ReadLine(), Does.StartWith("kernel:"));
        _ = emulator.StandardOutput.ReadToEndAsync();
        return emulator;
    }

    public static void Signal(int processId, string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, processId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
