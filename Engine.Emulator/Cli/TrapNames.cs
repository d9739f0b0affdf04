namespace Engine.Emulator.Cli;

/// <summary>Names of RISC-V trap causes.</summary>
internal static class TrapNames
{
    public static string Exception(int cause) => cause switch
    {
        0 => "instruction address misaligned",
        1 => "instruction access fault",
        2 => "illegal instruction",
        3 => "breakpoint",
        4 => "load address misaligned",
        5 => "load access fault",
        6 => "store address misaligned",
        7 => "store access fault",
        8 => "call from U",
        9 => "call from S",
        11 => "call from M",
        12 => "instruction page fault",
        13 => "load page fault",
        15 => "store page fault",
        _ => $"cause {cause}",
    };

    public static string Interrupt(int cause) => cause switch
    {
        1 => "supervisor software",
        3 => "machine software",
        5 => "supervisor timer",
        7 => "machine timer",
        9 => "supervisor external",
        11 => "machine external",
        _ => $"cause {cause}",
    };
}
