namespace Engine.Emulator.Cpu;

/// <summary>Why the hart stopped for a debugger.</summary>
internal enum DebugStopKind
{
    None,

    /// <summary>The debugger asked for it.</summary>
    Requested,

    /// <summary>The instruction at a breakpoint comes next.</summary>
    Breakpoint,

    /// <summary>The last instruction stored to a watched range.</summary>
    WriteWatch,

    /// <summary>The last instruction loaded from a watched range.</summary>
    ReadWatch,

    /// <summary>The last instruction loaded from or stored to a range that is watched for both.</summary>
    AccessWatch,
}

/// <summary>A stop for a debugger.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Address">Virtual address of the breakpoint or of the access.</param>
internal readonly record struct DebugStop(DebugStopKind Kind, ulong Address);
