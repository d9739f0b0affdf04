using System.Diagnostics;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cli;

/// <summary>Runs the emulator as a user does: as a process, with its output captured.</summary>
internal sealed record EmulatorProcess(int ExitCode, string Output, string Error)
{
    public static EmulatorProcess Run(params string[] args) => RunWithInput(string.Empty, args);

    public static EmulatorProcess RunWithInput(string input, params string[] args)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [assembly, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Eventually.HangGuard))
        {
            process.Kill();
            throw new TimeoutException($"The emulator did not end within {Eventually.HangGuard}: {string.Join(' ', args)}");
        }

        return new EmulatorProcess(process.ExitCode, output.Result, error.Result);
    }
}
