namespace Engine.Events.Vm;

/// <summary>Why a run of instructions ended.</summary>
public enum BlockExitReason : uint
{
    /// <summary>The block ended and execution continues behind it.</summary>
    Fallthrough = 0,

    /// <summary>A taken branch or a jump.</summary>
    Branch = 1,

    /// <summary>An exception in or at the end of the run.</summary>
    Trap = 2,

    /// <summary>An interrupt was taken.</summary>
    Interrupt = 3,

    /// <summary>A system instruction that may change the machine's mode.</summary>
    System = 4,

    /// <summary>The run wrote to its own code.</summary>
    CodeModified = 5,

    /// <summary>The instruction budget of the run was used up.</summary>
    Budget = 6,

    /// <summary>The virtual CPU waits for an interrupt.</summary>
    WaitForInterrupt = 7,

    /// <summary>The guest ended the machine.</summary>
    Halt = 8,
}
