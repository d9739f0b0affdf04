namespace Engine.Events.Vm;

/// <summary>Why a virtual CPU left its execution loop.</summary>
public enum VCpuExitReason : uint
{
    /// <summary>The guest asked for the machine to end.</summary>
    GuestExit = 0,

    /// <summary>The instruction budget was used up.</summary>
    InstructionBudget = 1,

    /// <summary>The host asked it to stop.</summary>
    Cancelled = 2,

    /// <summary>The guest waits for an interrupt that can never come.</summary>
    Stuck = 3,

    /// <summary>It has stopped before an event that it was to stop before.</summary>
    Breakpoint = 4,
}
