using System.CommandLine;
using Engine.Bench.Bus;
using Engine.Bench.Chaos;
using Engine.Bench.Cluster;
using Engine.Bench.DiagnosticsCost;
using Engine.Bench.Embed;
using Engine.Bench.Gate;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Counting;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Micro;
using Engine.Bench.Peers;
using Engine.Bench.Quick;
using Engine.Bench.Sse;
using Engine.Bench.Storage;
using Engine.Bench.Topologies;
using Engine.Tooling;

namespace Engine.Bench;

/// <summary>
/// The command line. Errors are one line on standard error; exit code 2 where nothing could be measured, 1 where a check failed
/// while it was.
/// </summary>
internal static class BenchCommandLine
{
    private const int CheckFailed = 1;

    public static Task<int> InvokeAsync(string[] args) => new ToolProgram("engine-bench", CreateRoot())
    {
        ExitCodeOf = static error => error switch
        {
            GateSetupException or ContractException or MeasurementException => GateExitCodes.CannotRun,
            OperationCanceledException => GateExitCodes.Interrupted,
            InvalidOperationException => CheckFailed,
            _ => null,
        },
    }.InvokeAsync(args);

    /// <summary>The commands with their options.</summary>
    public static RootCommand CreateRoot() =>
        new("Measures the engine. Run it on a quiet machine: any other busy process changes two-thread figures.")
        {
            QuickCommand.Create(),
            TopologiesCommand.Create(),
            PeersCommand.Create(),
            BusCommand.Create(),
            StorageCommand.Create(),
            ChaosCommand.Create(),
            ClusterCommand.Create(),
            GrowthCommand.Create(),
            SseCommand.Create(),
            EmbedCommand.Create(),
            MicroCommand.Create(),
            GateCommand.Create(),
            DiagnosticsCostCommand.Create(),
            OneCoreSection.CreateChild(),
            EventPipeSession.CreateChild(),
            StorageChild.CreateChild(),
            ChaosChild.CreateChild(),
            StreamHolder.CreateChild(),
            MeasureCommand.Create(),
            CountCommand.Create(),
        };
}
