namespace Engine.Emulator.Loading;

/// <summary>A loadable segment of an ELF file.</summary>
/// <param name="FileOffset">Where its contents begin in the file.</param>
/// <param name="VirtualAddress">Address that the program was linked for.</param>
/// <param name="PhysicalAddress">Address that it is loaded to.</param>
/// <param name="FileByteCount">Bytes taken from the file.</param>
/// <param name="MemoryByteCount">Bytes occupied in memory; those behind the file's are zero.</param>
public readonly record struct ElfSegment(
    ulong FileOffset,
    ulong VirtualAddress,
    ulong PhysicalAddress,
    ulong FileByteCount,
    ulong MemoryByteCount);
