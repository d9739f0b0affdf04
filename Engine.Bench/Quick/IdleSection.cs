using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Hosting;

namespace Engine.Bench.Quick;

/// <summary>Processor time of a started engine with a subscription and nothing to do.</summary>
internal static class IdleSection
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    public static void Run(Report report, Progress progress)
    {
        progress.Step("idle engine");
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.SubscribeBatch<Events.Vm.BlockExecuted>(static (_, in _) => { });
        engine.Start();
        engine.CreateProducer().GetLane<Events.Vm.BlockExecuted>().Publish(default);
        Thread.Sleep(TimeSpan.FromSeconds(1));

        var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        Thread.Sleep(Duration);
        process.Refresh();
        double share = (process.TotalProcessorTime - before) / Duration * 100;
        engine.StopAsync().GetAwaiter().GetResult();
        report.Add(new Table(
            "idle", "Idle engine", [new Column("share", "% of one core")], [new Row("whole process", [share])]));
        report.AddTarget("idle engine, % of one core", share, 1, share < 1);
    }
}
