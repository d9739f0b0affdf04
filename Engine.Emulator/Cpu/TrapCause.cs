namespace Engine.Emulator.Cpu;

/// <summary>Cause numbers of exceptions and interrupts.</summary>
internal static class TrapCause
{
    public const int InstructionAccessFault = 1;
    public const int IllegalInstruction = 2;
    public const int Breakpoint = 3;
    public const int LoadMisaligned = 4;
    public const int LoadAccessFault = 5;
    public const int StoreMisaligned = 6;
    public const int StoreAccessFault = 7;
    public const int UserCall = 8;
    public const int SupervisorCall = 9;
    public const int MachineCall = 11;
    public const int InstructionPageFault = 12;
    public const int LoadPageFault = 13;
    public const int StorePageFault = 15;

    public const int SupervisorSoftware = 1;
    public const int MachineSoftware = 3;
    public const int SupervisorTimer = 5;
    public const int MachineTimer = 7;
    public const int SupervisorExternal = 9;
    public const int MachineExternal = 11;

    /// <summary>Exceptions that may be delegated to supervisor mode.</summary>
    public const ulong DelegableExceptions = 0xB3FF;

    /// <summary>Interrupts of supervisor mode.</summary>
    public const ulong SupervisorInterrupts =
        (1UL << SupervisorSoftware) | (1UL << SupervisorTimer) | (1UL << SupervisorExternal);

    /// <summary>All interrupts of the hart.</summary>
    public const ulong AllInterrupts =
        SupervisorInterrupts | (1UL << MachineSoftware) | (1UL << MachineTimer) | (1UL << MachineExternal);
}
