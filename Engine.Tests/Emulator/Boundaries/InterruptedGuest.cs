using Engine.Emulator;
using Engine.Hosting;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Boundaries;

/// <summary>
/// A guest that works on memory, calls itself by ecall, and is interrupted by a timer that its handler sets again; each hart by itself.
/// </summary>
internal static class InterruptedGuest
{
    private const int CsrStimecmp = 0x14D;
    private const int CsrMie = 0x304;
    private const int CsrMenvcfg = 0x30A;
    private const int CsrMstatus = 0x300;
    private const int CsrMtvec = 0x305;

    private static readonly uint[] Program =
    [
        Asm.Ld(2, 1),
        Asm.Add(3, 3, 2),
        Asm.Addi(2, 2, 3),
        Asm.Sd(2, 1),
        Asm.Andi(4, 2, 7),
        Asm.Bne(4, 0, 8),
        Asm.Ecall,
        Asm.Bne(0, 2, -28),
        Asm.Jal(0, -32),
    ];

    // An interrupt has the highest bit of mcause: x13 is below zero. Behind an ecall it goes on behind it.
    private static readonly uint[] Handler =
    [
        Asm.Csrrs(13, 0x342, 0),
        Asm.Blt(13, 0, 20),
        Asm.Csrrs(13, 0x341, 0),
        Asm.Addi(13, 13, 4),
        Asm.Csrrw(0, 0x341, 13),
        Asm.Mret,
        Asm.Csrrs(10, 0xC01, 0),
        Asm.Addi(10, 10, 37),
        Asm.Csrrw(0, CsrStimecmp, 10),
        Asm.Addi(12, 12, 1),
        Asm.Mret,
    ];

    public static TestMachine Create(EventEngine? engine = null, MachineOptions? options = null)
    {
        var machine = new TestMachine(Program, engine, options ?? new MachineOptions { RamSize = 1 << 20 });
        machine.Write(TestMachine.MachineVector, Handler);
        foreach (VirtualCpu cpu in machine.Machine.Cpus)
        {
            cpu.Hart.Pc = TestMachine.Code;
            cpu.Hart.SetRegister(1, TestMachine.Data + (256 * (ulong)cpu.Hart.Number));
            cpu.Hart.WriteCsr(CsrMtvec, TestMachine.MachineVector);
            cpu.Hart.WriteCsr(CsrMenvcfg, 1UL << 63);
            cpu.Hart.WriteCsr(CsrStimecmp, 37);
            cpu.Hart.WriteCsr(CsrMie, 1 << 5);
            cpu.Hart.WriteCsr(CsrMstatus, 1 << 3);
        }

        return machine;
    }
}
