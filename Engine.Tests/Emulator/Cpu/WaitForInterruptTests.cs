using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cpu;

public sealed class WaitForInterruptTests
{
    private const int CsrStimecmp = 0x14D;
    private const int CsrMie = 0x304;
    private const int CsrMenvcfg = 0x30A;
    private const int CsrMstatus = 0x300;
    private const int CsrMcause = 0x342;
    private const int CsrTime = 0xC01;
    private const ulong SupervisorTimer = 1 << 5;
    private const ulong SupervisorTimerEnable = 1UL << 63;

    [Test]
    public void Time_jumps_to_the_timer_deadline()
    {
        using var machine = new TestMachine([Asm.Wfi, Asm.Csrrs(1, CsrTime, 0)]);
        machine.SetCsr(CsrMenvcfg, SupervisorTimerEnable);
        machine.SetCsr(CsrStimecmp, 123_456);
        machine.SetCsr(CsrMie, SupervisorTimer);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine[1], Is.EqualTo(123_456));
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(2), "waiting retires nothing");
        });
    }

    [Test]
    public void Clint_deadline_wakes_and_interrupts()
    {
        using var machine = new TestMachine([Asm.Wfi, Asm.Nop]);
        var clint = new Clint(machine.Machine.InterruptLines, machine.Machine);
        machine.Machine.Attach(clint);
        clint.Write(0x4000, 5_000, 8);
        machine.SetCsr(CsrMie, 1 << 7);
        machine.SetCsr(CsrMstatus, 1 << 3);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo((1UL << 63) | 7));
            Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.MachineVector));
            Assert.That(machine.Machine.Ticks, Is.EqualTo(5_000));
        });
    }

    [Test]
    public void Running_timer_interrupts_at_the_exact_instruction()
    {
        // A deadline at tick 7 with 10 instructions per tick: 70 instructions retire, whatever the block length.
        using var machine = new TestMachine([Asm.Addi(1, 1, 1), Asm.Addi(1, 1, 1), Asm.Jal(0, -8)]);
        machine.SetCsr(CsrMenvcfg, SupervisorTimerEnable);
        machine.SetCsr(CsrStimecmp, 7);
        machine.SetCsr(CsrMie, SupervisorTimer);
        machine.SetCsr(CsrMstatus, 1 << 3);
        machine.Run(1_000);
        Assert.That(machine[1], Is.EqualTo(47));
    }

    [Test]
    public void Waiting_for_what_can_never_come_ends_the_run()
    {
        using var machine = new TestMachine([Asm.Wfi]);
        MachineRunResult result = machine.Machine.Run();
        Assert.That((result.Reason, result.RetiredInstructions), Is.EqualTo((VCpuExitReason.Stuck, 1UL)));
    }

    [Test]
    public void Pending_interrupt_lets_wfi_go_on_even_when_disabled_globally()
    {
        using var machine = new TestMachine([Asm.Wfi, Asm.Addi(1, 0, 1)]);
        machine.SetCsr(CsrMie, 1 << 3);
        machine.Machine.InterruptLines.SetLine(3, asserted: true);
        machine.Run(2);
        Assert.That(machine[1], Is.EqualTo(1));
    }

    [TestCase(PrivilegeMode.User, 0UL)]
    [TestCase(PrivilegeMode.Supervisor, 1UL << 21)]
    public void Wfi_is_illegal_where_it_could_wait_forever(PrivilegeMode mode, ulong status)
    {
        using var machine = new TestMachine([Asm.Wfi]);
        machine.SetCsr(CsrMstatus, status);
        machine.Enter(mode);
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(2));
    }
}
