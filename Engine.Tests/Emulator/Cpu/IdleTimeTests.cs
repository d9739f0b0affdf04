using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events.Vm;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cpu;

/// <summary>An idle guest waits by the host's clock where it is asked to, and its own time is the same as if it did not.</summary>
public sealed class IdleTimeTests
{
    private const int CsrStimecmp = 0x14D;
    private const int CsrMie = 0x304;
    private const int CsrMenvcfg = 0x30A;
    private const int CsrTime = 0xC01;
    private const ulong Second = 10_000_000;

    [Test]
    public void A_guest_that_sleeps_for_half_a_minute_takes_half_a_minute()
    {
        var time = new ManualTime();
        using TestMachine machine = Sleeper(time, followsHostClock: true, 30 * Second);
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run(2));
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions == 1);
        time.Advance(TimeSpan.FromSeconds(29.9));

        // Whether the guest has looked yet is the scheduler's, but it cannot be ahead of the clock.
        Assert.That(run.IsCompleted, Is.False);
        Eventually.IsTrue(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return run.IsCompleted;
        });
        Assert.That(machine[1], Is.EqualTo(30 * Second), "its own time is exact");
    }

    [Test]
    public void A_guest_that_nobody_waits_for_skips_the_time()
    {
        using TestMachine machine = Sleeper(new ManualTime(), followsHostClock: null, 30 * Second);
        machine.Run(2);
        Assert.That(machine[1], Is.EqualTo(30 * Second));
    }

    [Test]
    public void Input_ends_the_wait_and_the_guest_s_time_is_then_the_host_s()
    {
        var time = new ManualTime();
        var input = new ConsoleInput();
        using TestMachine machine = Sleeper(time, followsHostClock: true, 30 * Second);
        var plic = new Plic(machine.Machine.InterruptLines);
        var uart = new Uart16550(plic, input, _ => { });
        machine.Machine.Attach(plic);
        machine.Machine.Attach(uart);
        EnableReceiver(plic, uart);
        machine.SetCsr(CsrMie, (1 << 5) | (1 << 11));
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run(2));
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions == 1);
        time.Advance(TimeSpan.FromSeconds(5));
        input.Enqueue("x"u8);
        Eventually.Result(run);
        Assert.That(machine[1], Is.LessThanOrEqualTo(5 * Second + 1));
    }

    [Test]
    public void A_request_to_stop_ends_the_wait([Values] bool hasDeadline)
    {
        using TestMachine machine = Sleeper(new ManualTime(), followsHostClock: true, hasDeadline ? 30 * Second : ulong.MaxValue);
        machine.Machine.Attach(new Uart16550(new Plic(machine.Machine.InterruptLines), new ConsoleInput(), _ => { }));
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions == 1);
        machine.Machine.RequestStop();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void What_a_wait_lasts_too_long_the_next_ones_are_shorter()
    {
        var time = new ManualTime();
        var idle = new IdleClock(time);
        Assert.That(idle.Elapsed, Is.Zero);
        time.Advance(TimeSpan.FromMilliseconds(25));
        idle.End(10 * TimeSpan.TicksPerMillisecond);
        Assert.That(idle.Elapsed, Is.EqualTo(15 * TimeSpan.TicksPerMillisecond));
        idle.End(10 * TimeSpan.TicksPerMillisecond);
        Assert.That(idle.Elapsed, Is.EqualTo(5 * TimeSpan.TicksPerMillisecond));
        time.Advance(TimeSpan.FromHours(1));
        idle.End(10 * TimeSpan.TicksPerMillisecond);
        Assert.That(idle.Elapsed, Is.EqualTo(TimeSpan.TicksPerSecond), "a suspended host is not caught up with");
    }

    [Test]
    public void A_board_follows_the_host_s_clock_where_it_has_a_console_input([Values] bool hasInput)
    {
        var time = new ManualTime();
        var input = new ConsoleInput();
        input.Complete();
        using var board = new VirtBoard(new VirtBoardOptions
        {
            Machine = new MachineOptions { RamSize = 1 << 20, TimeProvider = time },
            ConsoleInput = hasInput ? input : null,
        });
        board.Machine.Memory.TryWrite(TestMachine.Code, System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>([Asm.Wfi, Asm.Spin]));
        board.Machine.Pc = TestMachine.Code;
        board.Machine.Hart.WriteCsr(CsrMenvcfg, 1UL << 63);
        board.Machine.Hart.WriteCsr(CsrStimecmp, 30 * Second);
        board.Machine.Hart.WriteCsr(CsrMie, 1 << 5);
        Task<MachineRunResult> run = Task.Run(() => board.Machine.Run(2));
        if (hasInput)
        {
            Eventually.IsTrue(() => board.Machine.RetiredInstructions == 1);
            time.Advance(TimeSpan.FromSeconds(29));
            Assert.That(run.IsCompleted, Is.False);
            Eventually.IsTrue(() =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return run.IsCompleted;
            });
        }

        Assert.That(Eventually.Result(run).RetiredInstructions, Is.EqualTo(2));
    }

    private static void EnableReceiver(Plic plic, Uart16550 uart)
    {
        const int Irq = Engine.Emulator.Platform.BoardLayout.UartIrq;
        plic.Write(4 * Irq, 1, 4);
        plic.Write(0x2000, 1 << Irq, 4);
        uart.Write(1, 1, 1);
    }

    private static TestMachine Sleeper(TimeProvider time, bool? followsHostClock, ulong deadline)
    {
        var machine = new TestMachine([Asm.Wfi, Asm.Csrrs(1, CsrTime, 0)], options: new MachineOptions
        {
            RamSize = 1 << 20,
            FollowsHostClock = followsHostClock,
            TimeProvider = time,
        });
        machine.SetCsr(CsrMenvcfg, 1UL << 63);
        machine.SetCsr(CsrStimecmp, deadline);
        machine.SetCsr(CsrMie, 1 << 5);
        return machine;
    }
}
