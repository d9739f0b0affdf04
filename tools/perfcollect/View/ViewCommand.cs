using System.CommandLine;
using Engine.PerfCollect.Profiles;
using Engine.Tooling;

namespace Engine.PerfCollect.View;

/// <summary>The command <c>view</c>.</summary>
internal static class ViewCommand
{
    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "The capture: the --output of collect, or one of its files.",
    };

    private static readonly Option<int> Top = new("--top")
    {
        Description = "Rows per table.",
        HelpName = "N",
        DefaultValueFactory = static _ => 12,
    };

    public static Command Create()
    {
        Option<SampleSource> samples = SampleOption.Create();
        var command = new Command("view", "Shows where the time went: methods, stacks, the engine's events, collections and locks.")
        {
            Name,
            Top,
            samples,
        };
        command.SetAction(result => Show(result.GetRequiredValue(Name), result.GetValue(Top), result.GetValue(samples)));
        return command;
    }

    private static int Show(string name, int top, SampleSource source)
    {
        if (top < 1)
            throw new UsageException($"--top: {top} is not a number of at least 1");
        StandardStreams.RequireOutput();
        using Capture capture = Capture.Open(name);
        bool isPlain = Console.IsOutputRedirected;
        new CaptureReport(new ReportWriter(Console.Out, isPlain), top).Write(capture, source);
        return ExitCodes.Success;
    }
}
