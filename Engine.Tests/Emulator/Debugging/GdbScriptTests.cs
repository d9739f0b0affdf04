using System.Diagnostics;
using System.Text.RegularExpressions;
using Engine.Emulator.Guests;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>Debian's gdb-multiarch, driven by a script, on the bundled guest.</summary>
[Category("Process")]
[Parallelizable]
public sealed partial class GdbScriptTests
{
    private const string Debugger = "/usr/bin/gdb-multiarch";

    private static readonly string[] Script =
    [
        // Its own patience is two seconds.
        "set remotetimeout 300", "set tcp connect-timeout 300",
        "set pagination off", "set confirm off", "set architecture riscv:rv64",
        "target remote 127.0.0.1:PORT",
        "printf \"start %x\\n\", $pc",
        "break *kernel_main", "continue", "printf \"main %d\\n\", $pc == &kernel_main",
        "printf \"mode %d\\n\", $priv", "printf \"misa %lx\\n\", $misa",
        "stepi", "printf \"stepped %d\\n\", $pc != &kernel_main",
        "set $fa0.double = 1.5", "printf \"fa0 %g\\n\", $fa0.double",
        "set $t6 = 0x1234", "printf \"t6 %x\\n\", $t6",
        "delete", "break *kernel_main", "reverse-continue", "printf \"back %d %x\\n\", $pc == &kernel_main, $t6 == 0x1234",
        "stepi", "reverse-stepi", "printf \"again %d\\n\", $pc == &kernel_main",
        "delete", "reverse-continue", "printf \"begin %x\\n\", $pc", "break *kernel_main", "continue",
        "delete", "watch *(long*)&current", "continue", "info registers pc",
        "delete", "tbreak *process_exit", "continue", "printf \"exit %d\\n\", $pc == &process_exit",
        "backtrace 1", "info registers pc satp fcsr", "x/2i $pc",
        "delete", "continue", "printf \"code %d\\n\", $_exitcode",
    ];

    [Test]
    public void A_session_stops_steps_and_runs_to_the_end()
    {
        if (!File.Exists(Debugger))
            Assert.Ignore("gdb-multiarch is not installed.");
        using var folder = new TemporaryFolder();
        string guest = folder.Write("guest.elf", BundledGuest.ReadAllBytes());
        using Process emulator = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll"), "run", "--gdb", "0", "--events", "none", "--quiet",
                "--skip-idle",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        emulator.StandardInput.Close();
        Task<string> console = emulator.StandardOutput.ReadToEndAsync();
        string port = PortPattern().Match(emulator.StandardError.ReadLine() ?? string.Empty).Groups[1].Value;
        Assert.That(port, Is.Not.Empty);

        string script = folder.Write(
            "script.gdb", string.Join('\n', Script.Select(line => line.Replace("PORT", port, StringComparison.Ordinal))));
        string output = RunDebugger(guest, script);
        if (!emulator.WaitForExit(Eventually.HangGuard))
            emulator.Kill();
        Assert.Multiple(() =>
        {
            Assert.That(output, Does.Contain("start 1000"));
            Assert.That(output, Does.Contain("main 1"));
            Assert.That(output, Does.Contain("mode 1"), "supervisor mode");
            Assert.That(output, Does.Contain("misa 800000000014112d"));
            Assert.That(output, Does.Contain("stepped 1"));
            Assert.That(output, Does.Contain("fa0 1.5"));
            Assert.That(output, Does.Contain("t6 1234"));
            Assert.That(output, Does.Contain("Hardware watchpoint 4").And.Contain("<processes_start+"));
            Assert.That(output, Does.Contain("back 1 0"), "what the debugger wrote later is not there");
            Assert.That(output, Does.Contain("again 1"));
            Assert.That(output, Does.Contain("begin 1000").And.Contain("No more reverse-execution history"));
            Assert.That(output, Does.Contain("exit 1"));
            Assert.That(output, Does.Contain("exited normally"));
            Assert.That(output, Does.Contain("code 0"));
            Assert.That(emulator.ExitCode, Is.Zero);
            Assert.That(console.Result, Is.Not.Empty);
        });
    }

    private static string RunDebugger(string guest, string script)
    {
        using Process debugger = Process.Start(new ProcessStartInfo(Debugger, ["--batch", "-nx", "-x", script, guest])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = debugger.StandardError.ReadToEndAsync();
        Task<string> output = debugger.StandardOutput.ReadToEndAsync();
        if (!debugger.WaitForExit(Eventually.HangGuard))
            debugger.Kill();
        return output.Result + errors.Result;
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex PortPattern();
}
