using Engine.Emulator.Cpu;
using Engine.Events.Vm;

namespace Engine.Emulator.Debugging;

/// <summary>The registers by the numbers that GDB gives them for RISC-V.</summary>
internal sealed class GdbRegisters(Hart hart)
{
    /// <summary>Registers of the general packet: x0 to x31 and pc.</summary>
    public const int GeneralCount = 33;

    /// <summary>The number of f0.</summary>
    public const int FirstFloat = 33;

    /// <summary>The number of CSR 0.</summary>
    public const int FirstCsr = 65;

    /// <summary>The number of the privilege mode.</summary>
    public const int Privilege = 4161;

    private const int Pc = 32;
    private const int CsrCount = 4096;

    /// <summary>The control and status registers that are described to the debugger.</summary>
    public static IReadOnlyList<(string Name, int Number)> Csrs { get; } =
    [
        ("cycle", CsrNumber.Cycle), ("time", CsrNumber.Cycle + 1), ("instret", CsrNumber.Cycle + 2),
        ("sstatus", CsrNumber.Sstatus), ("sie", CsrNumber.Sie), ("stvec", CsrNumber.Stvec), ("scounteren", CsrNumber.Scounteren),
        ("senvcfg", CsrNumber.Senvcfg), ("sscratch", CsrNumber.Sscratch), ("sepc", CsrNumber.Sepc), ("scause", CsrNumber.Scause),
        ("stval", CsrNumber.Stval), ("sip", CsrNumber.Sip), ("stimecmp", CsrNumber.Stimecmp), ("satp", CsrNumber.Satp),
        ("mstatus", CsrNumber.Mstatus), ("misa", CsrNumber.Misa), ("medeleg", CsrNumber.Medeleg), ("mideleg", CsrNumber.Mideleg),
        ("mie", CsrNumber.Mie), ("mtvec", CsrNumber.Mtvec), ("mcounteren", CsrNumber.Mcounteren), ("menvcfg", CsrNumber.Menvcfg),
        ("mcountinhibit", CsrNumber.Mcountinhibit), ("mscratch", CsrNumber.Mscratch), ("mepc", CsrNumber.Mepc),
        ("mcause", CsrNumber.Mcause), ("mtval", CsrNumber.Mtval), ("mip", CsrNumber.Mip), ("mcycle", CsrNumber.Mcycle),
        ("minstret", CsrNumber.Minstret), ("mhartid", CsrNumber.Mvendorid + 3),
    ];

    /// <summary>Reads a register; false for a number that has none.</summary>
    public bool TryRead(ulong number, out ulong value)
    {
        bool exists = number is <= Pc or (>= FirstFloat and < FirstCsr + CsrCount) or Privilege;
        value = !exists ? 0 : (int)number switch
        {
            < Pc => hart.GetRegister((int)number),
            Pc => hart.Pc,
            < FirstCsr => hart.GetFloatRegister((int)number - FirstFloat),
            Privilege => (ulong)hart.Mode,
            _ => hart.InspectCsr((int)number - FirstCsr),
        };
        return exists;
    }

    /// <summary>Writes a register; false for one that does not exist or cannot be written.</summary>
    public bool TryWrite(ulong number, ulong value)
    {
        switch (number)
        {
            case < Pc:
                hart.SetRegister((int)number, value);
                return true;
            case Pc:
                hart.Pc = value & ~1UL;
                hart.IsWaiting = false;
                return true;
            case >= FirstFloat and < FirstCsr:
                hart.SetFloatRegister((int)number - FirstFloat, value);
                return true;
            case >= FirstCsr and < FirstCsr + CsrCount:
                return hart.WriteCsr((int)number - FirstCsr, value);
            case Privilege when value is (ulong)PrivilegeMode.User or (ulong)PrivilegeMode.Supervisor or (ulong)PrivilegeMode.Machine:
                hart.SetMode((PrivilegeMode)value);
                return true;
            default:
                return false;
        }
    }
}
