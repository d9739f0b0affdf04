namespace Engine.Emulator.Cpu;

/// <summary>Something that was entered and has not been left: a function or a trap.</summary>
/// <param name="Target">Address of the function; for a trap its cause, with bit 63 for an interrupt.</param>
/// <param name="ReturnAddress">Where a function returns to; <see cref="NoReturn"/> for one that was not called, and for a trap.</param>
/// <param name="StackPointer">The stack pointer when it was entered, which it has again when it is left.</param>
/// <param name="AddressSpace">For a trap: satp when it was taken.</param>
/// <param name="IsTrap">Whether it is a trap.</param>
/// <param name="Caller">Where instructions count again when it has been left.</param>
internal readonly record struct CallFrame(
    ulong Target, ulong ReturnAddress, ulong StackPointer, ulong AddressSpace, bool IsTrap, CallNode Caller)
{
    /// <summary>Not the address of any instruction.</summary>
    public const ulong NoReturn = ulong.MaxValue;
}
