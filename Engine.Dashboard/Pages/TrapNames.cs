using System.Globalization;

namespace Engine.Dashboard.Pages;

/// <summary>Names of the causes of traps, as the RISC-V privileged architecture has them.</summary>
internal static class TrapNames
{
    public static string Of(string kind, int cause) => (kind, cause) switch
    {
        ("exception", 0) => "instruction address misaligned",
        ("exception", 1) => "instruction access fault",
        ("exception", 2) => "illegal instruction",
        ("exception", 3) => "breakpoint",
        ("exception", 4) => "load address misaligned",
        ("exception", 5) => "load access fault",
        ("exception", 6) => "store address misaligned",
        ("exception", 7) => "store access fault",
        ("exception", 8) => "environment call from U-mode",
        ("exception", 9) => "environment call from S-mode",
        ("exception", 11) => "environment call from M-mode",
        ("exception", 12) => "instruction page fault",
        ("exception", 13) => "load page fault",
        ("exception", 15) => "store page fault",
        ("interrupt", 1) => "supervisor software",
        ("interrupt", 3) => "machine software",
        ("interrupt", 5) => "supervisor timer",
        ("interrupt", 7) => "machine timer",
        ("interrupt", 9) => "supervisor external",
        ("interrupt", 11) => "machine external",
        _ => cause.ToString(CultureInfo.InvariantCulture),
    };
}
