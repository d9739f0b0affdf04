using Engine.Hosting;

namespace Engine.Emulator.Cli;

/// <summary>What a view can see of a run while it goes on.</summary>
/// <param name="machine">The machine; its instruction count may be read at any time.</param>
/// <param name="engine">The engine.</param>
/// <param name="observers">What watches the events.</param>
/// <param name="recorder">What records them, or null.</param>
/// <param name="degrading">What is told in changing detail, or null.</param>
/// <param name="order">What merges them into one order, or null.</param>
/// <param name="symbols">Names of functions.</param>
internal sealed class RunProgress(
    Machine machine, EventEngine engine, RunObservers observers, RunRecorder? recorder, DegradingEvents? degrading, OrderFile? order,
    RunSymbols symbols)
{
    /// <summary>How long the run took; set when it has ended.</summary>
    public TimeSpan Elapsed { get; set; }

    public ulong RetiredInstructions => machine.RetiredInstructions;

    public RunObservers Observers => observers;

    /// <summary>What records the events; null if nothing does.</summary>
    public RunRecorder? Recorder => recorder;

    /// <summary>What is told in changing detail; null if nothing is.</summary>
    public DegradingEvents? Degrading => degrading;

    /// <summary>What merges the harts' events; null if nothing does.</summary>
    public OrderFile? Order => order;

    /// <summary>Names of functions.</summary>
    public RunSymbols Symbols => symbols;

    public EngineStatistics Statistics() => engine.GetStatistics();

    /// <summary>Ends the run soon, because nobody can see it any more.</summary>
    public void RequestStop() => machine.RequestStop();
}
