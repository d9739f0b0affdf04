using Engine.Emulator.Cpu;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;

namespace Engine.Emulator.Cli;

/// <summary>The outcome of a run.</summary>
internal sealed record RunReport(
    MachineRunResult Result,
    TimeSpan Elapsed,
    TrapStatistics Traps,
    EngineStatistics Statistics,
    IReadOnlyList<string> HandlerLines,
    IReadOnlyList<HotBlock> HotBlocks,
    IReadOnlyList<HotFunction> HotFunctions,
    StopReport Stop,
    string? RecordLine,
    string? CoverageLine,
    IReadOnlyList<string> DetailLines,
    BreakpointHit? Hit)
{
    public double MillionInstructionsPerSecond => Result.RetiredInstructions / Math.Max(Elapsed.TotalMicroseconds, 1);

    public int ProcessExitCode => Result.Reason switch
    {
        VCpuExitReason.GuestExit => ExitCodes.FromGuest(Result.ExitCode),
        VCpuExitReason.Cancelled => ExitCodes.Cancelled,
        VCpuExitReason.Stuck => ExitCodes.Stuck,
        VCpuExitReason.InstructionBudget => ExitCodes.InstructionLimit,
        VCpuExitReason.Breakpoint => ExitCodes.Breakpoint,
        _ => 0,
    };
}
