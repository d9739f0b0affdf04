using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cpu;

public sealed class TrapTests
{
    private const int CsrSstatus = 0x100;
    private const int CsrSepc = 0x141;
    private const int CsrScause = 0x142;
    private const int CsrStval = 0x143;
    private const int CsrMstatus = 0x300;
    private const int CsrMedeleg = 0x302;
    private const int CsrMideleg = 0x303;
    private const int CsrMie = 0x304;
    private const int CsrMtvec = 0x305;
    private const int CsrMepc = 0x341;
    private const int CsrMcause = 0x342;
    private const int CsrMtval = 0x343;
    private const int CsrMip = 0x344;
    private const int CsrMinstret = 0xB02;
    private const int CsrMcountinhibit = 0x320;
    private const ulong Mie = 1 << 3;
    private const ulong Interrupt = 1UL << 63;

    [TestCase(PrivilegeMode.User, 8UL)]
    [TestCase(PrivilegeMode.Supervisor, 9UL)]
    [TestCase(PrivilegeMode.Machine, 11UL)]
    public void Ecall_says_where_it_comes_from(PrivilegeMode mode, ulong cause)
    {
        using var machine = new TestMachine([Asm.Nop, Asm.Ecall]);
        machine.Enter(mode);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(cause));
            Assert.That(machine.Csr(CsrMepc), Is.EqualTo(TestMachine.Code + 4));
            Assert.That((machine.Csr(CsrMstatus) >> 11) & 3, Is.EqualTo((ulong)mode));
            Assert.That(machine.Machine.Traps.Exceptions[(int)cause], Is.EqualTo(1));
        });
    }

    [Test]
    public void Delegated_exception_goes_to_supervisor_mode()
    {
        using var machine = new TestMachine([0xFFFF_FFFF]);
        machine.SetCsr(CsrMedeleg, 1 << 2);
        machine.Enter(PrivilegeMode.User);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Mode, Is.EqualTo(PrivilegeMode.Supervisor));
            Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.SupervisorVector));
            Assert.That(machine.Csr(CsrScause), Is.EqualTo(2));
            Assert.That(machine.Csr(CsrStval), Is.EqualTo(0xFFFF_FFFF));
            Assert.That(machine.Csr(CsrSepc), Is.EqualTo(TestMachine.Code));
            Assert.That(machine.Csr(CsrSstatus) & (1 << 8), Is.Zero);
        });
    }

    [Test]
    public void Delegation_does_not_concern_machine_mode()
    {
        using var machine = new TestMachine([Asm.Ebreak]);
        machine.SetCsr(CsrMedeleg, 1 << 3);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(3));
            Assert.That(machine.Csr(CsrMtval), Is.EqualTo(TestMachine.Code));
        });
    }

    [TestCase(0x300, Description = "machine CSR from supervisor mode")]
    [TestCase(0x5C0, Description = "CSR that does not exist")]
    public void Csr_access_without_right_traps(int csr)
    {
        uint instruction = Asm.Csrrs(3, csr, 0);
        using var machine = new TestMachine([instruction]);
        machine.Enter(PrivilegeMode.Supervisor);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(2));
            Assert.That(machine.Csr(CsrMtval), Is.EqualTo(instruction));
        });
    }

    [Test]
    public void Write_to_a_read_only_csr_traps()
    {
        using var machine = new TestMachine([Asm.Csrrw(0, 0xF14, 1)]);
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(2));
    }

    [Test]
    public void Mret_returns_to_the_previous_mode()
    {
        using var machine = new TestMachine([Asm.Mret, Asm.Nop, Asm.Nop, Asm.Addi(1, 0, 4)]);
        machine.OpenProtection();
        machine.SetCsr(CsrMepc, TestMachine.Code + 12);
        machine.SetCsr(CsrMstatus, 1 << 7);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Mode, Is.EqualTo(PrivilegeMode.User));
            Assert.That(machine[1], Is.EqualTo(4));
            Assert.That(machine.Csr(CsrMstatus) & Mie, Is.EqualTo(Mie));
        });
    }

    [Test]
    public void Instret_is_exact_within_a_block()
    {
        using var machine = new TestMachine(
            [Asm.Nop, Asm.Csrrs(1, CsrMinstret, 0), Asm.Nop, Asm.Csrrs(2, CsrMinstret, 0), Asm.Csrrw(0, CsrMinstret, 0),
                Asm.Csrrs(3, CsrMinstret, 0)]);
        machine.Run(6);
        Assert.That(new[] { machine[1], machine[2], machine[3] }, Is.EqualTo(new ulong[] { 1, 3, 0 }));
    }

    [Test]
    public void Inhibited_counter_stands_still_while_the_machine_counts_on()
    {
        using var machine = new TestMachine(
            [Asm.Csrrwi(0, CsrMcountinhibit, 4), Asm.Csrrs(1, CsrMinstret, 0), Asm.Nop, Asm.Csrrs(2, CsrMinstret, 0)]);
        machine.Run(4);
        Assert.Multiple(() =>
        {
            Assert.That(machine[2], Is.EqualTo(machine[1]));
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(4));
        });
    }

    [Test]
    public void Interrupts_are_taken_by_priority_when_enabled()
    {
        using var machine = new TestMachine([Asm.Nop, Asm.Csrrs(0, CsrMstatus, 1), Asm.Nop]);
        IInterruptLines lines = machine.Machine.InterruptLines;
        lines.SetLine(7, asserted: true);
        lines.SetLine(11, asserted: true);
        lines.SetLine(3, asserted: true);
        machine.SetCsr(CsrMie, 0xAAA);
        machine[1] = Mie;
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(Interrupt | 11));
            Assert.That(machine.Csr(CsrMepc), Is.EqualTo(TestMachine.Code + 8));
            Assert.That(machine.Csr(CsrMstatus) & Mie, Is.Zero);
            Assert.That(machine.Machine.Traps.Interrupts[11], Is.EqualTo(1));
        });
    }

    [Test]
    public void Vectored_interrupts_go_to_their_own_entry()
    {
        using var machine = new TestMachine([Asm.Nop]);
        machine.Write(TestMachine.MachineVector + (4 * 7), [Asm.Spin]);
        machine.SetCsr(CsrMtvec, TestMachine.MachineVector | 1);
        machine.SetCsr(CsrMie, 1 << 7);
        machine.SetCsr(CsrMstatus, Mie);
        machine.Machine.InterruptLines.SetLine(7, asserted: true);
        machine.Run(1);
        Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.MachineVector + (4 * 7)));
    }

    [Test]
    public void Delegated_interrupt_waits_for_supervisor_mode_to_enable_it()
    {
        using var machine = new TestMachine([Asm.Nop, Asm.Csrrs(0, CsrSstatus, 1), Asm.Nop]);
        machine.SetCsr(CsrMideleg, 0x222);
        machine.SetCsr(CsrMie, 0x222);
        machine.SetCsr(CsrMip, 2);
        machine[1] = 2;
        machine.Enter(PrivilegeMode.Supervisor);
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrScause), Is.EqualTo(Interrupt | 1));
            Assert.That(machine.Csr(CsrSepc), Is.EqualTo(TestMachine.Code + 8));
        });
    }

    [Test]
    public void Endless_traps_without_progress_end_the_run()
    {
        using var machine = new TestMachine([Asm.Ecall]);
        machine.SetCsr(CsrMtvec, 0x4000_0000);
        Assert.That(machine.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Stuck));
    }
}
