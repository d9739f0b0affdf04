using System.CommandLine;
using System.Text.Json;

namespace Engine.Bench.Gate.Measuring;

/// <summary>The hidden command of the processes that measure. Prints one line of JSON.</summary>
internal static class MeasureCommand
{
    public const string Name = "gate-measure";
    public const string HeadFirstOption = "--head-first";
    public const string ThreadedOption = "--threaded";

    /// <summary>Exit code when a build does not speak the contract.</summary>
    public const int ContractMismatch = 10;

    public static Command Create()
    {
        var @base = new Argument<string>("base");
        var head = new Argument<string>("head");
        var benchmark = new Argument<string>("benchmark");
        var headFirst = new Option<bool>(HeadFirstOption);
        var threaded = new Option<bool>(ThreadedOption);
        var command = new Command(Name) { @base, head, benchmark, headFirst, threaded };
        command.Hidden = true;
        command.SetAction(result => Run(
            result.GetRequiredValue(@base), result.GetRequiredValue(head), result.GetRequiredValue(benchmark),
            result.GetValue(headFirst), result.GetValue(threaded)));
        return command;
    }

    private static int Run(string basePath, string headPath, string benchmark, bool headFirst, bool isThreaded)
    {
        try
        {
            Func<long> clock = isThreaded ? Meters.WallNanoseconds : Meters.ThreadCpuNanoseconds;
            ProcessSample sample = Measure(basePath, headPath, benchmark, headFirst, clock, MeasurementPlan.Default);
            Console.Out.WriteLine(JsonSerializer.Serialize(sample));
            return 0;
        }
        catch (ContractException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return ContractMismatch;
        }
    }

    /// <summary>Loads copies of both builds and measures one benchmark of theirs.</summary>
    /// <exception cref="ContractException">A build does not speak the contract.</exception>
    public static ProcessSample Measure(
        string basePath, string headPath, string benchmark, bool headFirst, Func<long> clock, MeasurementPlan plan)
    {
        var baseCopies = new List<GateSession>();
        var headCopies = new List<GateSession>();
        try
        {
            foreach (bool isHead in LoadOrder.IsHead(plan.Copies, headFirst))
            {
                (List<GateSession> copies, string name, string path) =
                    isHead ? (headCopies, "head", headPath) : (baseCopies, "base", basePath);
                copies.Add(LoadedSide.Load(name, path).Open(benchmark));
            }

            return new PairMeasurement(baseCopies, headCopies, headFirst, clock, plan).Run();
        }
        finally
        {
            foreach (GateSession session in baseCopies.Concat(headCopies))
                session.Dispose();
        }
    }
}
