using System.CommandLine;
using Engine.PerfCollect.Profiles;
using Engine.Tooling;
using Microsoft.Diagnostics.Tracing.Stacks.Formats;

namespace Engine.PerfCollect.Export;

/// <summary>The command <c>export</c>.</summary>
internal static class ExportCommand
{
    private static readonly (string Name, ExportFormat Format, string Suffix)[] Formats =
    [
        ("speedscope", ExportFormat.Speedscope, ".speedscope.json"),
        ("chromium", ExportFormat.Chromium, ".chromium.json"),
        ("perfetto", ExportFormat.Perfetto, ".perfetto.json"),
        ("flamegraph", ExportFormat.FlameGraph, ".svg"),
    ];

    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "The capture: the --output of collect, or one of its files.",
    };

    private static readonly Option<string> FormatName = new("--format")
    {
        Description =
            "speedscope (speedscope.app), chromium (chrome://tracing), perfetto (ui.perfetto.dev; the same JSON as chromium), or " +
            "flamegraph (an SVG picture).",
        HelpName = "FORMAT",
        Required = true,
    };

    private static readonly Option<string?> Output = new("--output")
    {
        Description = "The file to write. Without it: NAME with a suffix for the format. An existing file is replaced.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        Option<SampleSource> samples = SampleOption.Create();
        var command = new Command("export", "Writes the samples for another tool, or as a flame graph.")
        {
            Name,
            FormatName,
            Output,
            samples,
        };
        command.SetAction(result => Export(
            result.GetRequiredValue(Name), result.GetRequiredValue(FormatName), result.GetValue(Output), result.GetValue(samples)));
        return command;
    }

    private static int Export(string name, string formatName, string? output, SampleSource source)
    {
        (string _, ExportFormat format, string suffix) = Formats.FirstOrDefault(known => known.Name == formatName);
        if (suffix is null)
            throw new UsageException(
                $"--format: \"{formatName}\" is none of {string.Join(", ", Formats.Select(static known => known.Name))}");
        CapturePaths paths = CapturePaths.Parse(name);
        string path = output ?? paths.Name + suffix;
        OutputFile.Check("--output", path, paths.Events, paths.Cpu);
        using Capture capture = Capture.Open(name);
        Profile profile = capture.ProfileOf(source);
        if (profile.Samples.Count == 0)
            throw new PerfCollectException($"{name} holds no samples ({profile.Source})");
        try
        {
            OutputFile.Replace(path, file => Write(profile, format, file, Path.GetFileName(paths.Name)));
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new PerfCollectException($"{path} cannot be written: {error.Message}");
        }

        Notices.Write($"wrote {path}");
        return ExitCodes.Success;
    }

    private static void Write(Profile profile, ExportFormat format, string path, string title)
    {
        switch (format)
        {
            case ExportFormat.Speedscope:
                SpeedScopeStackSourceWriter.WriteStackViewAsJson(new ProfileStackSource(profile), path);
                break;
            case ExportFormat.FlameGraph:
                File.WriteAllText(path, ProfileFlameGraph.Draw(profile, title));
                break;
            default:
                ChromiumStackSourceWriter.WriteStackViewAsJson(new ProfileStackSource(profile), path, compress: false);
                break;
        }
    }
}
