using System.CommandLine;

namespace Engine.Bench.Quick;

/// <summary>The quick benchmark: everything that has a target, in under three minutes.</summary>
internal static class QuickCommand
{
    public static Command Create()
    {
        var json = new Option<FileInfo?>("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };
        var command = new Command("quick", "Everything that has a target, in under three minutes.") { json };
        command.SetAction(result => Run(result.GetValue(json)?.FullName));
        return command;
    }

    private static int Run(string? jsonPath)
    {
        var report = new QuickReport();
        ThroughputSection.Run(report, Progress);
        LatencySection.Run(report, Progress);
        IdleSection.Run(report, Progress);
        EmulatorSection.Run(report, Progress);
        OneCoreSection.Run(report, Progress);
        Progress(string.Empty);
        report.Print(Console.Out);
        if (jsonPath is not null)
            report.WriteJson(jsonPath);
        return 0;
    }

    private static void Progress(string step)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r{step,-40}");
    }
}
