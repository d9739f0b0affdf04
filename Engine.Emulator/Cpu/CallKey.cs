namespace Engine.Emulator.Cpu;

/// <summary>By what a stack of calls that was left is found again: the return, from a call or a trap, that goes on with it.</summary>
internal readonly record struct CallKey(bool IsTrap, ulong ReturnAddress, ulong StackPointer, ulong AddressSpace);
