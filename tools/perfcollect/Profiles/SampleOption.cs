using System.CommandLine;
using Engine.Tooling;

namespace Engine.PerfCollect.Profiles;

/// <summary>The option by which samples are chosen.</summary>
internal static class SampleOption
{
    private const string Name = "--samples";

    public static Option<SampleSource> Create() => new(Name)
    {
        Description = "Which samples to take: cpu (perf) or events (the runtime, at safepoints). Without it: perf's where there are some.",
        HelpName = "cpu|events",
        CustomParser = static result => result.Tokens is [{ Value: "cpu" }] ? SampleSource.Cpu
            : result.Tokens is [{ Value: "events" }] ? SampleSource.Events
            : throw new UsageException($"{Name}: \"{string.Join(' ', result.Tokens)}\" is neither cpu nor events"),
    };
}
