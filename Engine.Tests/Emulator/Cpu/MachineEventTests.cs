using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cpu;

public sealed class MachineEventTests
{
    private EventEngine _engine = null!;
    private readonly List<InstructionRetired> _instructions = [];
    private readonly List<BlockExecuted> _blocks = [];

    // A load from nowhere in the middle of the second block; its handler spins.
    private static readonly uint[] Faulting =
    [
        Asm.Addi(1, 0, 3),
        Asm.Addi(1, 1, -1),
        Asm.Bne(1, 0, -4),
        Asm.Addi(2, 0, 1),
        Asm.Ld(3, 0),
        Asm.Addi(2, 0, 2),
    ];

    [SetUp]
    public void CreateEngine()
    {
        _engine = new EngineBuilder().AddVmEvents().Build();
        _instructions.Clear();
        _blocks.Clear();
    }

    [TearDown]
    public async Task StopEngine() => await _engine.DisposeAsync();

    private void SubscribeExecution(Delivery delivery = Delivery.Dispatched)
    {
        _engine.SubscribeBatch<InstructionRetired>(
            (events, in _) => _instructions.AddRange(events), new SubscriptionOptions<InstructionRetired> { Delivery = delivery });
        _engine.SubscribeBatch<BlockExecuted>((events, in _) => _blocks.AddRange(events));
    }

    private List<T> Collect<T>()
        where T : unmanaged, IEvent<T>
    {
        var events = new List<T>();
        _engine.SubscribeBatch<T>((batch, in _) => events.AddRange(batch));
        return events;
    }

    private async Task<TestMachine> RunAsync(uint[] program, ulong instructions)
    {
        _engine.Start();
        var machine = new TestMachine(program, _engine);
        machine.Run(instructions);
        await _engine.StopAsync(Eventually.HangGuard);
        return machine;
    }

    [TestCase(Delivery.Dispatched)]
    [TestCase(Delivery.Inline)]
    public async Task Fault_in_mid_block_reports_only_what_retired(Delivery delivery)
    {
        SubscribeExecution(delivery);
        using TestMachine machine = await RunAsync(Faulting, 8);
        Assert.Multiple(() =>
        {
            Assert.That(
                _instructions.Select(instruction => instruction.Pc - TestMachine.Code).ToArray(),
                Is.EqualTo(new ulong[] { 0, 4, 8, 4, 8, 4, 8, 12 }));
            Assert.That(_blocks, Is.EqualTo(new BlockExecuted[]
            {
                new(TestMachine.Code, 3, BlockExitReason.Branch),
                new(TestMachine.Code + 4, 2, BlockExitReason.Branch),
                new(TestMachine.Code + 4, 2, BlockExitReason.Fallthrough),
                new(TestMachine.Code + 12, 1, BlockExitReason.Budget),
            }));
        });
    }

    [Test]
    public async Task Instruction_carries_encoding_mode_and_branch()
    {
        SubscribeExecution();
        using TestMachine machine = await RunAsync(Faulting, 7);
        const InstructionFlags Machine = (InstructionFlags)PrivilegeMode.Machine;
        Assert.Multiple(() =>
        {
            Assert.That(_instructions[0], Is.EqualTo(new InstructionRetired(TestMachine.Code, Faulting[0], Machine)));
            Assert.That(_instructions[2].Flags, Is.EqualTo(Machine | InstructionFlags.Branch | InstructionFlags.BranchTaken));
            Assert.That(_instructions[6].Flags, Is.EqualTo(Machine | InstructionFlags.Branch));
        });
    }

    [TestCase(Delivery.Dispatched)]
    [TestCase(Delivery.Inline)]
    public async Task Counts_of_blocks_instructions_and_the_machine_agree(Delivery delivery)
    {
        SubscribeExecution(delivery);
        using TestMachine machine = await RunAsync(Faulting, 10_000);
        Assert.Multiple(() =>
        {
            Assert.That(_instructions, Has.Count.EqualTo(10_000));
            Assert.That(_blocks.Sum(block => block.RetiredCount), Is.EqualTo(10_000));
        });
    }

    [Test]
    public async Task Fault_is_reported_where_and_when_it_happened()
    {
        List<ExceptionRaised> exceptions = Collect<ExceptionRaised>();
        using TestMachine machine = await RunAsync(Faulting, 20);
        Assert.Multiple(() =>
        {
            Assert.That(exceptions, Has.Count.EqualTo(1));
            Assert.That(exceptions[0].At.RetiredInstructions, Is.EqualTo(8));
            Assert.That(exceptions[0].At.Pc, Is.EqualTo(TestMachine.Code + 16));
            Assert.That(exceptions[0].Cause, Is.EqualTo(5));
            Assert.That(exceptions[0].To, Is.EqualTo(PrivilegeMode.Machine));
        });
    }

    [Test]
    public async Task Memory_accesses_are_reported_with_their_values()
    {
        List<MemoryAccessed> accesses = Collect<MemoryAccessed>();
        _engine.Start();
        using var machine = new TestMachine([Asm.Sw(2, 1), Asm.Lw(3, 1), Asm.Amo(0, 3, 4, 1, 2)], _engine);
        machine[1] = TestMachine.Data;
        machine[2] = 0xFFFF_FFFF;
        machine.Run(3);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.That(accesses, Is.EqualTo(new MemoryAccessed[]
        {
            new(TestMachine.Code, TestMachine.Data, 0xFFFF_FFFF, 4, MemoryAccessKind.Store),
            new(TestMachine.Code + 4, TestMachine.Data, 0xFFFF_FFFF, 4, MemoryAccessKind.Load),
            new(TestMachine.Code + 8, TestMachine.Data, 0x1_FFFF_FFFE, 8, MemoryAccessKind.Atomic),
        }));
    }

    [Test]
    public void Inline_handler_can_stop_the_machine_before_the_next_instruction()
    {
        TestMachine? machine = null;
        _engine.Subscribe<InstructionRetired>(
            (in InstructionRetired instruction, in Envelope _) =>
            {
                if (instruction.Pc == TestMachine.Code + 4)
                    machine!.Machine.RequestStop();
            },
            new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });
        _engine.Start();
        using (machine = new TestMachine([Asm.Addi(1, 0, 1), Asm.Addi(1, 0, 2), Asm.Addi(1, 0, 3), Asm.Spin], _engine))
        {
            MachineRunResult result = machine.Machine.Run(100);
            Assert.Multiple(() =>
            {
                Assert.That(result.Reason, Is.EqualTo(VCpuExitReason.Cancelled));
                Assert.That(machine[1], Is.EqualTo(2));
                Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.Code + 8));
            });
        }
    }

    [Test]
    public async Task Rare_events_are_ordered_across_types()
    {
        List<GuestCalled> calls = Collect<GuestCalled>();
        List<ExceptionRaised> exceptions = Collect<ExceptionRaised>();
        List<InterruptReturned> returns = Collect<InterruptReturned>();
        List<VCpuExited> exits = Collect<VCpuExited>();
        _engine.Start();
        using var machine = new TestMachine([Asm.Addi(17, 0, 93), Asm.Ecall], _engine);
        machine.Write(TestMachine.MachineVector, [Asm.Csrrw(0, 0x341, 5), Asm.Mret]);
        machine[5] = TestMachine.Code;
        machine.Run(3);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.Multiple(() =>
        {
            Assert.That(calls[0].Function, Is.EqualTo(93));
            Assert.That(calls[0].At < exceptions[0].At, Is.True);
            Assert.That(exceptions[0].At < returns[0].At, Is.True);
            Assert.That(returns[0].At < exits[0].At, Is.True);
            Assert.That(returns[0].At.RetiredInstructions, Is.EqualTo(2), "the return itself has not retired yet");
            Assert.That(exits[0].Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        });
    }

    [Test]
    public async Task Page_fault_names_address_access_and_mode()
    {
        List<PageFaulted> faults = Collect<PageFaulted>();
        _engine.Start();
        using var machine = new TestMachine([Asm.Nop], _engine);
        machine.SetCsr(0x180, (8UL << 60) | (TestMachine.Data >> 12));
        machine.Enter(PrivilegeMode.User);
        machine.Run(1);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.That(faults, Has.Count.EqualTo(1));
        Assert.That(
            (faults[0].Address, faults[0].Kind, faults[0].Privilege),
            Is.EqualTo((TestMachine.Code, MemoryAccessKind.Fetch, PrivilegeMode.User)));
    }

    [Test]
    public async Task Block_that_rewrites_itself_ends_behind_the_store()
    {
        SubscribeExecution();
        _engine.Start();
        using var machine = new TestMachine([Asm.Sw(2, 1, 8), Asm.Nop, Asm.Nop, Asm.Spin], _engine);
        machine[1] = TestMachine.Code;
        machine[2] = Asm.Addi(3, 0, 2);
        machine.Run(4);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.Multiple(() =>
        {
            Assert.That(_blocks[0], Is.EqualTo(new BlockExecuted(TestMachine.Code, 1, BlockExitReason.CodeModified)));
            Assert.That(_instructions[2].Opcode, Is.EqualTo(Asm.Addi(3, 0, 2)), "the event shows the new code");
            Assert.That(_instructions, Has.Count.EqualTo(4));
        });
    }

    [Test]
    public async Task Device_access_is_reported_and_seen_at_its_exact_time()
    {
        List<MmioAccessed> accesses = Collect<MmioAccessed>();
        _engine.Start();
        using var machine = new TestMachine([Asm.Nop, Asm.Nop, Asm.Ld(3, 1), Asm.Nop], _engine);
        machine.Machine.Attach(new Clint(machine.Machine.InterruptLines, machine.Machine));
        machine[1] = 0x200_BFF8;
        machine.Run(4);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.That(accesses, Has.Count.EqualTo(1));
        Assert.That(
            (accesses[0].At.RetiredInstructions, accesses[0].Address, accesses[0].Size, accesses[0].Value),
            Is.EqualTo((2UL, 0x200_BFF8UL, 8U, 0UL)));
    }

    [Test]
    public async Task Subscription_made_during_a_run_takes_effect()
    {
        _engine.Start();
        using var machine = new TestMachine([Asm.Spin], _engine);
        machine.Run(1_000);
        SubscribeExecution();
        machine.Run(500);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.That((_instructions.Count, _blocks.Sum(block => block.RetiredCount)), Is.EqualTo((500, 500L)));
    }

    [Test]
    public async Task Hot_block_is_reported_once()
    {
        List<HotSpotDetected> hotSpots = Collect<HotSpotDetected>();
        _engine.Start();
        using var machine = new TestMachine(
            [Asm.Addi(1, 1, 1), Asm.Jal(0, -4)], _engine, new MachineOptions { RamSize = 1 << 20, HotSpotThreshold = 100 });
        machine.Run(1_000);
        await _engine.StopAsync(Eventually.HangGuard);
        Assert.That(
            hotSpots.Select(hotSpot => (hotSpot.BlockPc, hotSpot.ExecutionCount)),
            Is.EqualTo(new[] { (TestMachine.Code, 100UL) }));
    }

    [Test]
    public async Task Life_of_the_machine_is_reported()
    {
        List<MemoryAllocated> allocated = Collect<MemoryAllocated>();
        List<MemoryFreed> freed = Collect<MemoryFreed>();
        List<SnapshotCreated> created = Collect<SnapshotCreated>();
        List<SnapshotRestored> restored = Collect<SnapshotRestored>();
        List<SnapshotDeleted> deleted = Collect<SnapshotDeleted>();
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("snapshot");
        _engine.Start();
        using (var machine = new TestMachine([Asm.Spin], _engine))
        {
            using (FileStream destination = File.Create(path))
                machine.Machine.SaveSnapshot(destination);
            using (FileStream source = File.OpenRead(path))
                machine.Machine.RestoreSnapshot(source);
            machine.Machine.DeleteSnapshot(path);
        }

        await _engine.StopAsync(Eventually.HangGuard);
        Assert.Multiple(() =>
        {
            Assert.That(allocated.Single().ByteCount, Is.EqualTo(1 << 20));
            Assert.That(freed.Single().ByteCount, Is.EqualTo(1 << 20));
            Assert.That(restored.Single().SnapshotId, Is.EqualTo(created.Single().SnapshotId));
            Assert.That(deleted.Single().SnapshotId, Is.EqualTo(created.Single().SnapshotId));
            Assert.That(deleted.Single().ByteCount, Is.EqualTo(created.Single().ByteCount));
            Assert.That(File.Exists(path), Is.False);
        });
    }

    [TestCase("")]
    [TestCase("something else, and longer than the header of a snapshot is, which has a checksum")]
    public void A_file_that_is_no_snapshot_is_not_deleted(string content)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("file", content);
        using var machine = new TestMachine([Asm.Spin], _engine);
        Assert.That(() => machine.Machine.DeleteSnapshot(path), Throws.TypeOf<InvalidDataException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo(content));
    }
}
