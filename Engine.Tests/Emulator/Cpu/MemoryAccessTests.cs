namespace Engine.Tests.Emulator.Cpu;

public sealed class MemoryAccessTests
{
    private const int LoadAccessFault = 5;
    private const int StoreMisaligned = 6;
    private const int StoreAccessFault = 7;
    private const int CsrMcause = 0x342;
    private const int CsrMtval = 0x343;

    [TestCase(0u, 0xFFFF_FFFF_FFFF_FFF0)]
    [TestCase(1u, 0xFFFF_FFFF_FFFF_FEF0)]
    [TestCase(2u, 0xFFFF_FFFF_BADC_FEF0)]
    [TestCase(3u, 0x8765_4321_BADC_FEF0)]
    [TestCase(4u, 0xF0UL)]
    [TestCase(5u, 0xFEF0UL)]
    [TestCase(6u, 0xBADC_FEF0UL)]
    public void Loads_extend_as_their_kind_says(uint function3, ulong expected)
    {
        // Twice: by the slow path that fills the TLB, then by the fast path.
        using var machine = new TestMachine([Asm.Load(function3, 2, 1, 0), Asm.Load(function3, 3, 1, 0)]);
        machine[1] = TestMachine.Data;
        machine.Write(TestMachine.Data, 0x8765_4321_BADC_FEF0);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine[2], Is.EqualTo(expected));
            Assert.That(machine[3], Is.EqualTo(expected));
        });
    }

    [TestCase(0u, 0x1111_1111_1111_11EFUL)]
    [TestCase(1u, 0x1111_1111_1111_CDEFUL)]
    [TestCase(2u, 0x1111_1111_89AB_CDEFUL)]
    [TestCase(3u, 0x0123_4567_89AB_CDEFUL)]
    public void Stores_write_only_their_bytes(uint function3, ulong expected)
    {
        using var machine = new TestMachine([Asm.Store(function3, 2, 1, 0), Asm.Store(function3, 2, 1, 8)]);
        machine[1] = TestMachine.Data;
        machine[2] = 0x0123_4567_89AB_CDEF;
        machine.Write(TestMachine.Data, 0x1111_1111_1111_1111);
        machine.Write(TestMachine.Data + 8, 0x1111_1111_1111_1111);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Read(TestMachine.Data), Is.EqualTo(expected));
            Assert.That(machine.Read(TestMachine.Data + 8), Is.EqualTo(expected));
        });
    }

    [TestCase(0x003UL)]
    [TestCase(0xFFBUL, Description = "across a page boundary")]
    public void Misaligned_accesses_work(ulong offset)
    {
        using var machine = new TestMachine([Asm.Sd(2, 1), Asm.Ld(3, 1), Asm.Sd(2, 1), Asm.Ld(4, 1)]);
        machine[1] = TestMachine.Data + offset;
        machine[2] = 0x0123_4567_89AB_CDEF;
        machine.Run(4);
        Assert.Multiple(() =>
        {
            Assert.That(machine[3], Is.EqualTo(machine[2]));
            Assert.That(machine[4], Is.EqualTo(machine[2]));
            Assert.That(machine.Read(TestMachine.Data + offset), Is.EqualTo(machine[2]));
        });
    }

    [Test]
    public void Load_from_nowhere_faults_and_keeps_the_register()
    {
        using var machine = new TestMachine([Asm.Addi(3, 0, 1), Asm.Ld(3, 1), Asm.Addi(3, 0, 2)]);
        machine[1] = 0x4000_0000;
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine[3], Is.EqualTo(1));
            Assert.That(machine.Csr(CsrMcause), Is.EqualTo(LoadAccessFault));
            Assert.That(machine.Csr(CsrMtval), Is.EqualTo(0x4000_0000));
            Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.MachineVector));
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(3), "the load did not retire");
        });
    }

    [Test]
    public void Store_to_the_boot_rom_faults()
    {
        using var machine = new TestMachine([Asm.Sd(0, 1)]);
        machine[1] = 0x1000;
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(StoreAccessFault));
    }

    [TestCase(0u, 5UL, 3UL, 8UL)]
    [TestCase(1u, 5UL, 3UL, 3UL)]
    [TestCase(4u, 5UL, 3UL, 6UL)]
    [TestCase(8u, 5UL, 3UL, 7UL)]
    [TestCase(12u, 5UL, 3UL, 1UL)]
    [TestCase(16u, 5UL, ulong.MaxValue, ulong.MaxValue)]
    [TestCase(20u, 5UL, ulong.MaxValue, 5UL)]
    [TestCase(24u, 5UL, ulong.MaxValue, 5UL)]
    [TestCase(28u, 5UL, ulong.MaxValue, ulong.MaxValue)]
    public void Atomics_return_the_old_value_and_store_the_new(uint function5, ulong memory, ulong operand, ulong expected)
    {
        using var machine = new TestMachine([Asm.Amo(function5, 3, 3, 1, 2)]);
        machine[1] = TestMachine.Data;
        machine[2] = operand;
        machine.Write(TestMachine.Data, memory);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine[3], Is.EqualTo(memory));
            Assert.That(machine.Read(TestMachine.Data), Is.EqualTo(expected));
        });
    }

    [Test]
    public void Atomic_words_sign_extend_what_they_return()
    {
        using var machine = new TestMachine([Asm.Amo(20, 2, 3, 1, 2)]);
        machine[1] = TestMachine.Data;
        machine[2] = 0xFFFF_FFFF_0000_0001;
        machine.Write(TestMachine.Data, 0x5555_5555_8000_0000);
        machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine[3], Is.EqualTo(0xFFFF_FFFF_8000_0000));
            Assert.That(machine.Read(TestMachine.Data), Is.EqualTo(0x5555_5555_0000_0001));
        });
    }

    [Test]
    public void Misaligned_atomics_trap()
    {
        using var machine = new TestMachine([Asm.Amo(0, 3, 3, 1, 2)]);
        machine[1] = TestMachine.Data + 4;
        machine.Run(1);
        Assert.That(machine.Csr(CsrMcause), Is.EqualTo(StoreMisaligned));
    }

    [Test]
    public void Store_conditional_succeeds_once_after_load_reserved()
    {
        using var machine = new TestMachine([Asm.Amo(2, 3, 5, 1, 0), Asm.Amo(3, 3, 3, 1, 2), Asm.Amo(3, 3, 4, 1, 0)]);
        machine[1] = TestMachine.Data;
        machine[2] = 77;
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine[3], Is.Zero);
            Assert.That(machine[4], Is.EqualTo(1));
            Assert.That(machine.Read(TestMachine.Data), Is.EqualTo(77));
        });
    }

    [Test]
    public void Device_write_breaks_a_reservation()
    {
        using var machine = new TestMachine([Asm.Amo(2, 3, 5, 1, 0), Asm.Amo(3, 3, 3, 1, 2)]);
        machine[1] = TestMachine.Data;
        machine.Run(1);
        machine.Write(TestMachine.Data, 1UL);
        machine.Run(1);
        Assert.That(machine[3], Is.EqualTo(1));
    }
}
