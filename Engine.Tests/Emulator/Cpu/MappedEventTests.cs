using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cpu;

/// <summary>The first use of a translation is an event, with the size of its page, whoever sets the accessed bit.</summary>
public sealed class MappedEventTests
{
    private const int CsrSatp = 0x180;
    private const ulong Root = 0x8001_0000;
    private const ulong Middle = 0x8001_1000;
    private const ulong Leaf = 0x8001_2000;
    private const ulong Virtual = 0x1000;
    private const ulong ReadWrite = 7;
    private const ulong Execute = 8;
    private const ulong AccessedAndDirty = 0xC0;

    private readonly List<MemoryMapped> _mapped = [];
    private EventEngine _engine = null!;

    [SetUp]
    public void CreateEngine()
    {
        _mapped.Clear();
        _engine = new EngineBuilder().AddVmEvents().Build();
        _engine.SubscribeBatch<MemoryMapped>((events, in _) => _mapped.AddRange(events));
        _engine.Start();
    }

    [TearDown]
    public async Task StopEngine() => await _engine.DisposeAsync();

    [Test]
    public void Each_page_is_reported_once_whether_its_bits_are_set_or_not([Values] bool areSet)
    {
        using TestMachine machine = Supervisor(
            [Asm.Ld(2, 1), Asm.Sd(2, 1), Asm.Ld(2, 3), Asm.SfenceVma, Asm.Ld(2, 1), Asm.Sd(2, 3)], areSet ? AccessedAndDirty : 0);
        machine.Write(Leaf + 16, Entry(TestMachine.Data + 0x1000, ReadWrite | (areSet ? AccessedAndDirty : 0)));
        machine[3] = Virtual + 0x1008;
        machine.Run(6);
        Assert.That(Mapped(), Is.EqualTo(new[]
        {
            (Virtual, TestMachine.Data, 4096u, 3u), (Virtual + 0x1000, TestMachine.Data + 0x1000, 4096u, 3u),
        }));
    }

    [Test]
    public void A_superpage_is_reported_with_its_size()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1), Asm.Ld(2, 3), Asm.Ld(2, 4)], AccessedAndDirty);
        machine.Write(Middle + 8, Entry(0x8000_0000, ReadWrite | AccessedAndDirty));
        machine[3] = 0x20_0000;
        machine[1] = 0x20_0000 + TestMachine.Data - 0x8000_0000;
        machine[4] = TestMachine.Data;
        machine.Run(3);
        Assert.That(Mapped(), Is.EqualTo(new[]
        {
            (0x20_0000UL, 0x8000_0000UL, 2u << 20, 3u), (0x8000_0000UL, 0x8000_0000UL, 1u << 30, 7u),
        }));
    }

    [Test]
    public void Code_is_reported_where_it_is_mapped_elsewhere()
    {
        using TestMachine machine = Supervisor([Asm.Jalr(0, 1)], Execute | AccessedAndDirty);
        machine.Write(TestMachine.Data, [Asm.Nop, Asm.Spin]);
        machine.Run(4);
        Assert.That(Mapped(), Is.EqualTo(new[] { (Virtual, TestMachine.Data, 4096u, 7u) }));
    }

    [Test]
    public void Another_frame_or_permission_is_another_translation_and_so_is_one_after_a_fault()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1), Asm.SfenceVma, Asm.Jal(0, -8)], AccessedAndDirty);
        machine.Run(3);
        machine.Write(Leaf + 8, Entry(TestMachine.Data, ReadWrite | Execute | AccessedAndDirty));
        machine.Run(3);
        machine.Write(Leaf + 8, Entry(TestMachine.Data + 0x1000, ReadWrite | AccessedAndDirty));
        machine.Run(3);
        machine.Write(Leaf + 8, 0UL);
        machine.Run(1);
        machine.Write(Leaf + 8, Entry(TestMachine.Data + 0x1000, ReadWrite | AccessedAndDirty));
        machine.Hart.SetMode(PrivilegeMode.Supervisor);
        machine.Machine.Pc = TestMachine.Code;
        machine.Run(3);
        Assert.That(Mapped(), Is.EqualTo(new[]
        {
            (Virtual, TestMachine.Data, 4096u, 3u), (Virtual, TestMachine.Data, 4096u, 7u),
            (Virtual, TestMachine.Data + 0x1000, 4096u, 3u), (Virtual, TestMachine.Data + 0x1000, 4096u, 3u),
        }));
    }

    [Test]
    public void What_was_reported_is_part_of_a_snapshot()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1), Asm.Jal(0, -4)], AccessedAndDirty);
        machine.Run(2);
        using var snapshot = new MemoryStream();
        machine.Machine.SaveSnapshot(snapshot);
        snapshot.Position = 0;
        machine.Run(2);
        machine.Machine.RestoreSnapshot(snapshot);
        machine.Run(2);
        Assert.That(Mapped(), Has.Length.EqualTo(1));
    }

    private (ulong VirtualAddress, ulong PhysicalAddress, uint ByteCount, uint Permissions)[] Mapped()
    {
        _engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return [.. _mapped.Select(static e => (e.VirtualAddress, e.PhysicalAddress, e.ByteCount, e.Permissions))];
    }

    /// <summary>Supervisor mode with the code mapped to itself by a 1 GiB page, and one 4 KiB page at <see cref="Virtual"/>.</summary>
    private TestMachine Supervisor(uint[] program, ulong flags)
    {
        var machine = new TestMachine(program, _engine);
        machine.Write(Root, Entry(Middle, 1));
        machine.Write(Middle, Entry(Leaf, 1));
        machine.Write(Leaf + (8 * (Virtual >> 12)), Entry(TestMachine.Data, ReadWrite | flags));
        machine.Write(Root + (8 * 2), Entry(0x8000_0000, ReadWrite | Execute | AccessedAndDirty));
        machine.SetCsr(CsrSatp, (8UL << 60) | (Root >> 12));
        machine.Enter(PrivilegeMode.Supervisor);
        machine[1] = Virtual;
        return machine;
    }

    private static ulong Entry(ulong physical, ulong flags) => ((physical >> 12) << 10) | flags;
}
