using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Emulator.Memory;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Order;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Boundaries, cuts and stops with several harts: exact to a hart's instruction, or refused.</summary>
public sealed class HartBoundaryTests
{
    [Test]
    public void A_boundary_is_of_one_hart_and_exact_however_harts_run([Values] HartScheduling scheduling)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = 2, Scheduling = scheduling, TurnInstructions = 997 }, engine);
        uint[] loop = [Cpu.Asm.Addi(3, 3, 1), Cpu.Asm.Jal(0, -4)];
        machine.Memory.TryWrite(GuestMemory.RamBase, MemoryMarshal.AsBytes<uint>(loop));
        machine.SetBoot(GuestMemory.RamBase);
        var producers = new HashSet<string>();
        Subscription window = engine.SubscribeBatch<InstructionRetired>(
            (ReadOnlySpan<InstructionRetired> _, in Envelope envelope) =>
            {
                lock (producers)
                    producers.Add(envelope.Producer.Name);
            },
            new() { From = new Boundary(1, 1_501), Until = new Boundary(1, 30_003), Region = new() });
        engine.Start();
        while (machine.Cpus[1].Hart.Retired < 30_003)
            machine.Run(20_000);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.Multiple(() =>
        {
            Assert.That(
                window.Coverage?.ToString(), Is.EqualTo("covered instructions 1501 to 30002, 28502 in the region, 0 outside"));
            Assert.That(window.DeliveredCount, Is.EqualTo(28_502));
            Assert.That(producers, Is.EqualTo(new[] { "vcpu1" }));
        });
    }

    [Test]
    public void A_cut_is_of_all_harts_and_what_runs_again_is_the_same()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = 3, TurnInstructions = 700 }, rounds: 2, engine);
        Subscription once = engine.SubscribeBatch<InstructionRetired>(
            static (ReadOnlySpan<InstructionRetired> _, in Envelope _) => { }, new() { SkipsRepeats = true });
        engine.Start();
        board.Machine.Run(10_333);
        MachineCut cut = board.Machine.Cut(Eventually.HangGuard).Cut!;
        board.Machine.Run(5_555);
        byte[] first = Snapshot(board.Machine);
        MachineCutResult rewound = board.Machine.Rewind(cut, Eventually.HangGuard);
        ulong back = board.Machine.RetiredInstructions;
        board.Machine.Run(5_555);
        byte[] second = Snapshot(board.Machine);
        MachineRunResult result = board.Machine.Run();
        ulong retired = board.Machine.RetiredInstructions;
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.Multiple(() =>
        {
            Assert.That(rewound.Outcome, Is.EqualTo(CutOutcome.Done));
            Assert.That((cut.RetiredInstructions, back), Is.EqualTo((10_333UL, 10_333UL)));
            Assert.That(cut.Positions, Has.Count.EqualTo(3));
            Assert.That(second.AsSpan(64).SequenceEqual(first.AsSpan(64)), Is.True, "all harts, memory and devices");
            Assert.That((result.Reason, result.ExitCode), Is.EqualTo((VCpuExitReason.GuestExit, 0)));
            Assert.That(once.DeliveredCount, Is.EqualTo(retired), "each instruction of each hart once");
        });
    }

    [Test]
    public async Task What_would_be_wrong_with_several_harts_is_refused()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.Start();
        using var inTurn = new Machine(new MachineOptions { RamSize = 1 << 20, HartCount = 2 }, engine);
        using var threads = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = 2, Scheduling = HartScheduling.Threads }, engine);
        MachineCut cut = inTurn.Cut().Cut!;
        using MergedSubscription merged = engine.SubscribeMerged<InstructionRetired>(
            static (_, _) => { }, new MergeOptions<InstructionRetired> { Producers = inTurn.Producers });
        Assert.Multiple(() =>
        {
            Assert.That(
                () => new MachineHistory(threads),
                Throws.ArgumentException.With.Message.Contains("The 2 harts of this machine run on threads"));
            Assert.That(() => inTurn.Rewind(cut), Throws.InvalidOperationException.With.Message.Contains("dispose it before"));
        });
        merged.Dispose();
        Assert.That(inTurn.Rewind(cut).Outcome, Is.EqualTo(CutOutcome.Done));
    }

    private static byte[] Snapshot(Machine machine)
    {
        using var stream = new MemoryStream();
        machine.SaveSnapshot(stream);
        return stream.ToArray();
    }
}
