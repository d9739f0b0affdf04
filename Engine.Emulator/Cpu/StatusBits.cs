namespace Engine.Emulator.Cpu;

/// <summary>Fields of mstatus.</summary>
internal static class StatusBits
{
    public const ulong SupervisorInterruptEnable = 1UL << 1;
    public const ulong MachineInterruptEnable = 1UL << 3;
    public const ulong SupervisorPreviousEnable = 1UL << 5;
    public const ulong MachinePreviousEnable = 1UL << 7;
    public const ulong SupervisorPreviousMode = 1UL << 8;
    public const int MachinePreviousModeShift = 11;
    public const ulong MachinePreviousMode = 3UL << MachinePreviousModeShift;

    /// <summary>FS: 0 is Off, and all bits set are Dirty.</summary>
    public const ulong FloatState = 3UL << 13;

    public const ulong ModifyPrivilege = 1UL << 17;
    public const ulong SupervisorUserMemory = 1UL << 18;
    public const ulong MakeExecutableReadable = 1UL << 19;
    public const ulong TrapVirtualMemory = 1UL << 20;
    public const ulong TimeoutWait = 1UL << 21;
    public const ulong TrapSupervisorReturn = 1UL << 22;

    /// <summary>SD: some state is Dirty; read-only.</summary>
    public const ulong StateDirty = 1UL << 63;

    /// <summary>UXL and SXL: both 64 bits wide, read-only.</summary>
    public const ulong WidthFields = (2UL << 32) | (2UL << 34);

    /// <summary>UXL as sstatus shows it.</summary>
    public const ulong UserWidth = 2UL << 32;

    /// <summary>Fields that supervisor mode sees in sstatus and may write.</summary>
    public const ulong SupervisorWritable = SupervisorInterruptEnable | SupervisorPreviousEnable
        | SupervisorPreviousMode | FloatState | SupervisorUserMemory | MakeExecutableReadable;

    /// <summary>Fields that machine mode may write.</summary>
    public const ulong MachineWritable = SupervisorWritable | MachineInterruptEnable | MachinePreviousEnable
        | MachinePreviousMode | ModifyPrivilege | TrapVirtualMemory | TimeoutWait | TrapSupervisorReturn;
}
