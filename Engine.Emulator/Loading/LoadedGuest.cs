namespace Engine.Emulator.Loading;

/// <summary>What the machine has to know about a program in memory. All addresses are physical.</summary>
/// <param name="EntryPoint">Where the hart starts.</param>
/// <param name="End">First address behind the highest loaded byte.</param>
/// <param name="ToHost">The <c>tohost</c> word through which riscv-tests report, if the program has one.</param>
/// <param name="FromHost">The <c>fromhost</c> word that answers it, if the program has one.</param>
public readonly record struct LoadedGuest(ulong EntryPoint, ulong End, ulong? ToHost, ulong? FromHost);
