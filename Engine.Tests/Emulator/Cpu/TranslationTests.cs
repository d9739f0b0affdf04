using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cpu;

public sealed class TranslationTests
{
    private const int CsrSatp = 0x180;
    private const int CsrSstatus = 0x100;
    private const int CsrMcause = 0x342;
    private const int CsrMtval = 0x343;
    private const int CsrMepc = 0x341;
    private const int CsrMstatus = 0x300;
    private const ulong Root = 0x8001_0000;
    private const ulong Middle = 0x8001_1000;
    private const ulong Leaf = 0x8001_2000;
    private const ulong SumBit = 1 << 18;
    private const ulong MxrBit = 1 << 19;
    private const ulong Virtual = 0x1000;

    // Flags of page-table entries.
    private const ulong V = 1;
    private const ulong R = 2;
    private const ulong W = 4;
    private const ulong X = 8;
    private const ulong U = 16;
    private const ulong A = 64;
    private const ulong D = 128;

    /// <summary>Supervisor mode with the code mapped to itself by a 1 GiB page, and one 4 KiB page at <see cref="Virtual"/>.</summary>
    private static TestMachine Supervisor(uint[] program, ulong flags, ulong physical = TestMachine.Data)
    {
        var machine = new TestMachine(program);
        machine.Write(Root, Pointer(Middle));
        machine.Write(Middle, Pointer(Leaf));
        machine.Write(Leaf + (8 * (Virtual >> 12)), Entry(physical, flags));
        machine.Write(Root + (8 * 2), Entry(0x8000_0000, V | R | W | X | A | D));
        machine.SetCsr(CsrSatp, (8UL << 60) | (Root >> 12));
        machine.Enter(PrivilegeMode.Supervisor);
        machine[1] = Virtual;
        return machine;
    }

    private static ulong Entry(ulong physical, ulong flags) => ((physical >> 12) << 10) | flags;

    private static ulong Pointer(ulong table) => Entry(table, V);

    [Test]
    public void Load_and_store_go_through_the_page_and_set_its_bits()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1, 8), Asm.Sd(2, 1, 16)], V | R | W);
        machine.Write(TestMachine.Data + 8, 42UL);
        machine.Run(1);
        Assert.That(machine.Read(Leaf + 8) & (A | D), Is.EqualTo(A));
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Read(TestMachine.Data + 16), Is.EqualTo(42));
            Assert.That(machine.Read(Leaf + 8) & (A | D), Is.EqualTo(A | D));
        });
    }

    [TestCase(0UL, false, 13UL, Description = "not valid")]
    [TestCase(V | W, false, 13UL, Description = "reserved combination")]
    [TestCase(V | X, false, 13UL, Description = "execute only")]
    [TestCase(V | R, true, 15UL, Description = "store to a read-only page")]
    [TestCase(V | R | W | U, false, 13UL, Description = "user page without SUM")]
    [TestCase(V | R | (1UL << 60), false, 13UL, Description = "reserved bit")]
    public void Forbidden_access_is_a_page_fault(ulong flags, bool store, ulong cause)
    {
        using TestMachine machine = Supervisor([store ? Asm.Sd(2, 1, 8) : Asm.Ld(2, 1, 8)], flags);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(cause));
            Assert.That(machine.Csr(CsrMtval), Is.EqualTo(Virtual + 8));
            Assert.That(machine.Csr(CsrMepc), Is.EqualTo(TestMachine.Code));
            Assert.That(machine.Machine.Traps.PageFaults, Is.EqualTo(1));
        });
    }

    [Test]
    public void Fetch_from_a_page_without_execute_is_a_page_fault()
    {
        using TestMachine machine = Supervisor([Asm.Jalr(0, 1)], V | R | W);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(12));
            Assert.That(machine.Csr(CsrMepc), Is.EqualTo(Virtual));
        });
    }

    [Test]
    public void Fetch_fault_in_the_second_half_of_an_instruction_names_the_second_page()
    {
        using TestMachine machine = Supervisor([Asm.Jalr(0, 1, 0x7FE)], V | X);
        machine[1] = Virtual + 0x800;
        machine.Write(TestMachine.Data + 0xFF8, 0x0013_0000_0000_0000);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(12));
            Assert.That(machine.Csr(CsrMepc), Is.EqualTo(Virtual + 0xFFE));
            Assert.That(machine.Csr(CsrMtval), Is.EqualTo(Virtual + 0x1000));
        });
    }

    [Test]
    public void Instruction_across_two_pages_follows_both_translations()
    {
        // addi x3, x0, 0x123 at the end of one page; its second half lies in a page that is not next in RAM.
        uint instruction = Asm.Addi(3, 0, 0x123);
        using TestMachine machine = Supervisor([Asm.Jalr(0, 1, 0x7FE)], V | X);
        machine[1] = Virtual + 0x800;
        machine.Write(Leaf + 16, Entry(TestMachine.Data + 0x4000, V | X));
        machine.Write(TestMachine.Data + 0xFF8, (ulong)(ushort)instruction << 48);
        machine.Write(TestMachine.Data + 0x4000, [instruction >> 16 | 0x0001_0000]);
        machine.Run(3);
        Assert.That(machine[3], Is.EqualTo(0x123));
    }

    [Test]
    public void Sum_and_mxr_open_pages_without_a_flush()
    {
        using TestMachine user = Supervisor([Asm.Csrrs(0, CsrSstatus, 2), Asm.Ld(3, 1)], V | R | U);
        user[2] = SumBit;
        user.Write(TestMachine.Data, 5UL);
        user.Run(2);
        using TestMachine executable = Supervisor([Asm.Csrrs(0, CsrSstatus, 2), Asm.Ld(3, 1)], V | X);
        executable[2] = MxrBit;
        executable.Write(TestMachine.Data, 6UL);
        executable.Run(2);
        Assert.That((user[3], executable[3]), Is.EqualTo((5UL, 6UL)));
    }

    [Test]
    public void Clearing_sum_closes_user_pages_again()
    {
        using TestMachine machine = Supervisor(
            [Asm.Csrrs(0, CsrSstatus, 2), Asm.Ld(3, 1), Asm.Csrrw(0, CsrSstatus, 0), Asm.Ld(4, 1)], V | R | U);
        machine[2] = SumBit;
        machine.Run(4);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(13));
    }

    [TestCase(0x1200_8073u, Description = "sfence.vma x1")]
    [TestCase(Asm.SfenceVma)]
    public void Fence_makes_a_changed_entry_visible(uint fence)
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1), Asm.Sd(5, 6), fence, Asm.Ld(3, 1)], V | R | A);
        machine.Write(TestMachine.Data, 1UL);
        machine.Write(TestMachine.Data + 0x1000, 2UL);
        machine[5] = Entry(TestMachine.Data + 0x1000, V | R | A);
        machine[6] = Leaf + 8;
        machine.Run(4);
        Assert.That((machine[2], machine[3]), Is.EqualTo((1UL, 2UL)));
    }

    [Test]
    public void Misaligned_superpage_is_a_page_fault()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1)], V | R);
        machine.Write(Middle, Entry(TestMachine.Data, V | R));
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(13));
    }

    [Test]
    public void Address_that_is_not_sign_extended_is_a_page_fault()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1)], V | R);
        machine[1] = Virtual | (1UL << 40);
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(13));
    }

    [Test]
    public void Machine_mode_uses_the_page_table_when_mprv_says_so()
    {
        using TestMachine machine = Supervisor([Asm.Ld(2, 1)], V | R);
        machine.Hart.SetMode(PrivilegeMode.Machine);
        machine.SetCsr(CsrMstatus, (1 << 17) | (1 << 11));
        machine.Write(TestMachine.Data, 9UL);
        machine.Run(1);
        Assert.That(machine[2], Is.EqualTo(9));
    }

    [Test]
    public void Fence_traps_in_supervisor_mode_under_tvm()
    {
        using TestMachine machine = Supervisor([Asm.SfenceVma], V | R);
        machine.SetCsr(CsrMstatus, 1 << 20);
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(2));
    }
}
