using System.CommandLine;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Counting;

/// <summary>The hidden command of the processes whose instructions are counted: runs segments of one build's benchmark.</summary>
internal static class CountCommand
{
    public const string Name = "gate-count";

    public static Command Create()
    {
        var build = new Argument<string>("build");
        var benchmark = new Argument<string>("benchmark");
        var segments = new Argument<int>("segments");
        var command = new Command(Name) { build, benchmark, segments };
        command.Hidden = true;
        command.SetAction(result =>
        {
            using GateSession session = LoadedSide.Load("counted", result.GetRequiredValue(build)).Open(result.GetRequiredValue(benchmark));
            session.Run(result.GetRequiredValue(segments), static () => 0);
        });
        return command;
    }
}
