using System.Diagnostics;

namespace Engine.Bench.Support;

/// <summary>Starts this program again, as another process.</summary>
internal static class SelfProcess
{
    /// <summary>Starts it; its output can be read.</summary>
    /// <param name="arguments">Its command line.</param>
    public static Process Start(params string[] arguments)
    {
        string host = Environment.ProcessPath!;
        string assembly = typeof(SelfProcess).Assembly.Location;
        string program = Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(assembly) ? host : "dotnet";
        return Process.Start(
            new ProcessStartInfo(program, program == host ? arguments : [assembly, .. arguments]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} could not be started.");
    }
}
