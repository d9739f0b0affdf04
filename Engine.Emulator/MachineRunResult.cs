using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>How a call of <see cref="Machine.Run"/> ended.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="ExitCode">The guest's exit code when it ended the machine, otherwise 0.</param>
/// <param name="RetiredInstructions">Instructions retired by this call.</param>
public readonly record struct MachineRunResult(VCpuExitReason Reason, int ExitCode, ulong RetiredInstructions);
