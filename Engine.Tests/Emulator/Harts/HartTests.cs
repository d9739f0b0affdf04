using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>
/// Spinlocks, LR/SC, AMOs, software interrupts, code that another hart writes, litmus tests, page tables and timers, by a guest that
/// checks them itself. Its exit code names the check that failed: the enum in harts.h.
/// </summary>
public sealed class HartTests
{
    [Test]
    public void Harts_in_turn_pass_their_checks([Values(1, 2, 3, 8)] int harts, [Values(17, 1_000, 10_000)] int quantum)
    {
        var options = new MachineOptions { HartCount = harts, TurnInstructions = quantum };
        Pass(options, rounds: 40);
    }

    [Test]
    public void Harts_on_threads_pass_their_checks([Values(2, 3, 4)] int harts) =>
        Pass(new MachineOptions { HartCount = harts, Scheduling = HartScheduling.Threads }, rounds: 100);

    [Test]
    [Explicit("Takes minutes.")]
    [Category("Soak")]
    public void Harts_on_threads_pass_their_checks_for_long([Values(2, 4, 8)] int harts) =>
        Pass(new MachineOptions { HartCount = harts, Scheduling = HartScheduling.Threads }, rounds: 20_000);

    [Test]
    public void A_run_in_turn_that_is_cut_into_pieces_ends_in_the_same_state()
    {
        var options = new MachineOptions { HartCount = 3, TurnInstructions = 1_000 };
        using VirtBoard whole = HartsGuest.Boot(options, rounds: 5);
        MachineRunResult wholeResult = whole.Machine.Run();
        using VirtBoard pieces = HartsGuest.Boot(options, rounds: 5);
        MachineRunResult result;
        ulong retired = 0;
        do
        {
            result = pieces.Machine.Run(1_237);
            retired += result.RetiredInstructions;
        }
        while (result.Reason == VCpuExitReason.InstructionBudget);
        Assert.Multiple(() =>
        {
            Assert.That((result.Reason, result.ExitCode), Is.EqualTo((VCpuExitReason.GuestExit, 0)));
            Assert.That(retired, Is.EqualTo(wholeResult.RetiredInstructions));
            Assert.That(Snapshot(pieces.Machine), Is.EqualTo(Snapshot(whole.Machine)));
        });
    }

    [Test]
    public void A_snapshot_holds_all_harts_and_runs_on_to_the_same_end()
    {
        var options = new MachineOptions { HartCount = 4, TurnInstructions = 500 };
        using VirtBoard first = HartsGuest.Boot(options, rounds: 5);
        first.Machine.Run(20_000);
        byte[] middle = Snapshot(first.Machine);
        first.Machine.Run();
        using VirtBoard second = HartsGuest.Boot(options, rounds: 1);
        second.Machine.RestoreSnapshot(new MemoryStream(middle));
        Assert.That(second.Machine.Run().ExitCode, Is.Zero);
        Assert.That(Snapshot(second.Machine).AsSpan(64).SequenceEqual(Snapshot(first.Machine).AsSpan(64)), Is.True);
    }

    [Test]
    public void A_snapshot_of_harts_on_threads_runs_on_in_turn()
    {
        using VirtBoard threads = HartsGuest.Boot(
            new MachineOptions { HartCount = 3, Scheduling = HartScheduling.Threads }, rounds: 50);
        Assert.That(threads.Machine.Run(30_000).Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        using VirtBoard inTurn = HartsGuest.Boot(new MachineOptions { HartCount = 3 }, rounds: 1);
        inTurn.Machine.RestoreSnapshot(new MemoryStream(Snapshot(threads.Machine)));
        Assert.That(inTurn.Machine.Run(), Has.Property("Reason").EqualTo(VCpuExitReason.GuestExit).And.Property("ExitCode").Zero);
    }

    [Test]
    public void A_snapshot_of_another_number_of_harts_is_refused()
    {
        using VirtBoard two = HartsGuest.Boot(new MachineOptions { HartCount = 2 }, rounds: 1);
        using VirtBoard three = HartsGuest.Boot(new MachineOptions { HartCount = 3 }, rounds: 1);
        byte[] snapshot = Snapshot(two.Machine);
        Assert.That(
            () => three.Machine.RestoreSnapshot(new MemoryStream(snapshot)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("2 harts; this one has 3"));
    }

    [Test]
    public async Task A_snapshot_in_the_middle_of_harts_on_threads_is_refused()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using VirtBoard board = HartsGuest.Boot(
            new MachineOptions { HartCount = 2, Scheduling = HartScheduling.Threads }, rounds: 1, engine);
        Exception? error = null;
        engine.Subscribe(
            (in MmioAccessed _, in Events.Envelope _) =>
            {
                try
                {
                    board.Machine.SaveSnapshot(Stream.Null);
                }
                catch (InvalidOperationException exception)
                {
                    error = exception;
                }
            },
            new SubscriptionOptions<MmioAccessed> { Delivery = Delivery.Inline });
        board.Machine.Run();
        Assert.That(error, Is.TypeOf<InvalidOperationException>().With.Message.Contains("stop it first"));
    }

    [Test]
    public void A_budget_is_kept_to_the_instruction_however_harts_run([Values] HartScheduling scheduling)
    {
        using VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = 3, Scheduling = scheduling }, rounds: 1_000);
        for (int run = 0; run < 3; run++)
        {
            MachineRunResult result = board.Machine.Run(12_345);
            Assert.That((result.Reason, result.RetiredInstructions), Is.EqualTo((VCpuExitReason.InstructionBudget, 12_345UL)));
        }
    }

    [Test]
    public void A_stop_ends_the_run_of_all_harts([Values] HartScheduling scheduling)
    {
        using VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = 3, Scheduling = scheduling }, rounds: ulong.MaxValue / 16);
        Task<MachineRunResult> run = Task.Run(() => board.Machine.Run());
        Eventually.IsTrue(() => board.Machine.RetiredInstructions > 0);
        board.Machine.RequestStop();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void A_machine_that_is_disposed_ends_the_run_of_all_harts([Values] HartScheduling scheduling)
    {
        VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = 3, Scheduling = scheduling }, rounds: ulong.MaxValue / 16);
        Task<MachineRunResult> run = Task.Run(() => board.Machine.Run());
        Eventually.IsTrue(() => board.Machine.RetiredInstructions > 0);
        board.Dispose();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void Harts_that_all_wait_for_nothing_are_stuck([Values] HartScheduling scheduling)
    {
        using var machine = new Machine(new MachineOptions { RamSize = 1 << 20, HartCount = 3, Scheduling = scheduling });
        uint[] program = [Cpu.Asm.Wfi, Cpu.Asm.Jal(0, -4)];
        machine.Memory.TryWrite(0x8000_0000, System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(program));
        machine.SetBoot(0x8000_0000);
        Assert.That(machine.Run().Reason, Is.EqualTo(VCpuExitReason.Stuck));
    }

    [Test]
    public void What_the_console_throws_ends_the_run_of_all_harts_and_they_run_on([Values] HartScheduling scheduling)
    {
        bool throws = true;
        var options = new VirtBoardOptions
        {
            Machine = new MachineOptions { RamSize = 16 << 20, HartCount = 2, Scheduling = scheduling },
            ConsoleOutput = _ =>
            {
                if (throws)
                    throw new IOException("gone");
            },
        };
        using var board = new VirtBoard(options);

        // Hart 1 writes to the console and then ends the machine; hart 0 spins.
        uint[] program =
        [
            Cpu.Asm.Csrrs(5, 0xF14, 0), Cpu.Asm.Bne(5, 0, 8), Cpu.Asm.Spin, 0x1000_0337, Cpu.Asm.Sd(5, 6), 0x0010_0337, 0x0000_53B7,
            0x5553_8393, 0x0073_2023, Cpu.Asm.Spin,
        ];
        Assert.That(
            board.Machine.Memory.TryWrite(0x8000_0000, System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(program)), Is.True);
        board.Boot(0x8000_0000);
        Assert.That(() => board.Machine.Run(), Throws.TypeOf<IOException>());
        throws = false;
        Assert.That(board.Machine.Run(), Has.Property("Reason").EqualTo(VCpuExitReason.GuestExit).And.Property("ExitCode").Zero);
    }

    private static void Pass(MachineOptions options, ulong rounds)
    {
        using VirtBoard board = HartsGuest.Boot(options, rounds);
        MachineRunResult result = board.Machine.Run();
        Assert.That((result.Reason, result.ExitCode), Is.EqualTo((VCpuExitReason.GuestExit, 0)));
    }

    private static byte[] Snapshot(Machine machine)
    {
        using var stream = new MemoryStream();
        machine.SaveSnapshot(stream);
        return stream.ToArray();
    }
}
