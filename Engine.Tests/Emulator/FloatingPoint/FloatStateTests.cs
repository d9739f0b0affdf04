using Engine.Emulator.Cpu;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>mstatus.FS, NaN boxing, fcsr, reserved rounding modes, loads and stores, snapshots.</summary>
public sealed class FloatStateTests
{
    private const uint OpFloat = 0x53;
    private const int IllegalInstruction = 2;
    private const ulong One = 0x3FF0_0000_0000_0000;
    private const ulong StateDirtyBit = 1UL << 63;
    private const uint AddDouble = OpFloat | (7u << 12) | (1u << 25) | (3 << 7) | (1 << 15) | (2 << 20);
    private const int Sstatus = 0x100;

    private static readonly uint LoadDouble = Asm.Load(3, 1, 5, 0) & ~0x7Fu | 0x07;
    private static readonly uint StoreDouble = Asm.Store(3, 1, 5, 0) & ~0x7Fu | 0x27;
    private static readonly uint LoadSingle = Asm.Load(2, 1, 5, 0) & ~0x7Fu | 0x07;
    private static readonly uint StoreSingle = Asm.Store(2, 1, 5, 0) & ~0x7Fu | 0x27;

    private static IEnumerable<uint> InstructionsOfTheUnit =>
    [
        AddDouble, LoadDouble, StoreDouble, Asm.Csrrs(3, FloatMachine.Fcsr, 0), Asm.Csrrs(3, FloatMachine.Frm, 0),
        Asm.Csrrwi(0, FloatMachine.Fflags, 0),
    ];

    [TestCaseSource(nameof(InstructionsOfTheUnit))]
    public void A_unit_that_is_off_makes_its_instructions_illegal(uint instruction)
    {
        using var machine = new FloatMachine(instruction);
        machine.Machine.SetCsr(FloatMachine.Mstatus, 0);
        machine.Machine[5] = TestMachine.Data;
        machine.Machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Csr(0x342), Is.EqualTo(IllegalInstruction));
            Assert.That(machine.Machine.Csr(0x343), Is.EqualTo(instruction));
            Assert.That(machine.Machine.Csr(0x341), Is.EqualTo(TestMachine.Code));
        });
    }

    [Test]
    public void A_write_makes_the_state_dirty_and_a_read_does_not()
    {
        using var machine = new FloatMachine(StoreDouble, Asm.Csrrs(3, FloatMachine.Fcsr, 0), AddDouble);
        machine.Machine[5] = TestMachine.Data;
        machine.Machine.Run(2);
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & FloatMachine.StateMask, Is.EqualTo(FloatMachine.StateInitial));
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & StateDirtyBit, Is.Zero);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & FloatMachine.StateMask, Is.EqualTo(FloatMachine.StateMask));
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & StateDirtyBit, Is.EqualTo(StateDirtyBit));
        Assert.That(machine.Machine.Csr(Sstatus) & StateDirtyBit, Is.EqualTo(StateDirtyBit));
        machine.Machine.SetCsr(Sstatus, FloatMachine.StateInitial);
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & StateDirtyBit, Is.Zero);
    }

    [Test]
    public void A_comparison_makes_the_state_dirty_only_if_it_raises_a_flag()
    {
        uint less = Asm.R(OpFloat, 1, (20 << 2) | 1, 3, 1, 2);
        using var machine = new FloatMachine(less, less);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & StateDirtyBit, Is.Zero);
        machine.Machine.Hart.SetFloatRegister(1, ReferenceFormat.Double.NaN);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Csr(FloatMachine.Mstatus) & StateDirtyBit, Is.EqualTo(StateDirtyBit));
    }

    [Test]
    public void Reserved_rounding_modes_are_illegal([Values(5u, 6u, 7u)] uint mode, [Values(5ul, 6ul, 7ul)] ulong dynamic)
    {
        using var machine = new FloatMachine(Asm.R(OpFloat, mode, 1, 3, 1, 2));
        machine.Machine.SetCsr(FloatMachine.Frm, dynamic);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Csr(0x342), Is.EqualTo(IllegalInstruction));
    }

    [Test]
    public void Operations_that_do_not_round_ignore_a_reserved_mode()
    {
        using var machine = new FloatMachine(Asm.R(OpFloat, 0, (4 << 2) | 1, 3, 1, 2));
        machine.Machine.SetCsr(FloatMachine.Frm, 7);
        machine.Machine.Hart.SetFloatRegister(1, One);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Hart.GetFloatRegister(3), Is.EqualTo(One));
    }

    [Test]
    public void A_single_value_that_is_not_boxed_is_a_nan()
    {
        uint add = Asm.R(OpFloat, 0, 0, 3, 1, 2);
        uint moveToInteger = Asm.R(OpFloat, 0, 28 << 2, 4, 1, 0);
        using var machine = new FloatMachine(add, moveToInteger, StoreSingle);
        machine.Machine.Hart.SetFloatRegister(1, 0x1234_5678_9F80_0000);
        machine.Machine.Hart.SetFloatRegister(2, 0xFFFF_FFFF_3F80_0000);
        machine.Machine[5] = TestMachine.Data;
        machine.Machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Hart.GetFloatRegister(3), Is.EqualTo(0xFFFF_FFFF_7FC0_0000));
            Assert.That(machine.Machine[4], Is.EqualTo(0xFFFF_FFFF_9F80_0000), "moves take the bits as they are");
            Assert.That(machine.Machine.Read(TestMachine.Data), Is.EqualTo(0x9F80_0000UL));
        });
    }

    [Test]
    public void Loads_and_stores_go_everywhere_integers_do()
    {
        using var machine = new FloatMachine(LoadSingle, StoreDouble, LoadDouble);
        foreach (ulong address in (ulong[])[TestMachine.Data, TestMachine.Data + 3, TestMachine.Data + 0xFFD])
        {
            machine.Machine.Write(address, 0x8877_6655_C433_2211);
            machine.Machine[5] = address;
            machine.Execute(0);
            Assert.That(machine.Machine.Hart.GetFloatRegister(1), Is.EqualTo(0xFFFF_FFFF_C433_2211));
            machine.Execute(1);
            Assert.That(machine.Machine.Read(address), Is.EqualTo(0xFFFF_FFFF_C433_2211));
            machine.Machine.Hart.SetFloatRegister(1, 0);
            machine.Execute(2);
            Assert.That(machine.Machine.Hart.GetFloatRegister(1), Is.EqualTo(0xFFFF_FFFF_C433_2211));
        }
    }

    [Test]
    public void A_load_that_faults_leaves_the_register_alone()
    {
        using var machine = new FloatMachine(LoadDouble);
        machine.Machine.Hart.SetFloatRegister(1, One);
        machine.Machine[5] = 0;
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Csr(0x342), Is.EqualTo(5));
        Assert.That(machine.Machine.Hart.GetFloatRegister(1), Is.EqualTo(One));
    }

    // c.fld fa0, 8(a1); c.fsd fa0, 8(a1); c.fldsp fa0, 16(sp); c.fsdsp fa0, 16(sp)
    [TestCase(0x2588u, nameof(MicroOpCode.Fld), 10, 11, 8)]
    [TestCase(0xA588u, nameof(MicroOpCode.Fsd), 10, 11, 8)]
    [TestCase(0x2542u, nameof(MicroOpCode.Fld), 10, 2, 16)]
    [TestCase(0xA82Au, nameof(MicroOpCode.Fsd), 10, 2, 16)]
    public void Compressed_loads_and_stores_expand(uint instruction, string expected, int register, int basis, int offset)
    {
        MicroOp op = Decoder.Decode(CompressedExpander.Expand(instruction));
        Assert.That(
            (op.Code.ToString(), (int)(op.Code == MicroOpCode.Fld ? op.Rd : op.Rs2), (int)op.Rs1, op.Imm),
            Is.EqualTo((expected, register, basis, offset)));
    }

    [Test]
    public void Register_f0_is_a_register()
    {
        using var machine = new FloatMachine(Asm.R(OpFloat, 0, 1, 0, 1, 1));
        machine.Machine.Hart.SetFloatRegister(1, One);
        machine.Machine.Run(1);
        Assert.That(machine.Machine.Hart.GetFloatRegister(0), Is.EqualTo(One + (1UL << 52)));
    }

    [Test]
    public void Fcsr_is_frm_above_fflags()
    {
        using var machine = new FloatMachine(Asm.Csrrw(0, FloatMachine.Fcsr, 5));
        machine.Machine[5] = ulong.MaxValue;
        machine.Machine.Run(1);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Csr(FloatMachine.Fcsr), Is.EqualTo(0xFF));
            Assert.That(machine.Machine.Csr(FloatMachine.Frm), Is.EqualTo(7));
            Assert.That(machine.Machine.Csr(FloatMachine.Fflags), Is.EqualTo(31));
        });
        machine.Machine.SetCsr(FloatMachine.Frm, 2);
        machine.Machine.SetCsr(FloatMachine.Fflags, 5);
        Assert.That(machine.Machine.Csr(FloatMachine.Fcsr), Is.EqualTo((2 << 5) | 5));
    }

    [Test]
    public void Misa_tells_of_both_extensions()
    {
        using var machine = new FloatMachine(Asm.Spin);
        Assert.That(machine.Machine.Csr(0x301) & ((1 << 3) | (1 << 5)), Is.EqualTo((1 << 3) | (1 << 5)));
    }

    [Test]
    public void A_snapshot_holds_the_unit()
    {
        using var saved = new FloatMachine(Asm.Spin);
        for (int index = 0; index < 32; index++)
            saved.Machine.Hart.SetFloatRegister(index, One + (ulong)index);
        saved.Machine.SetCsr(FloatMachine.Fcsr, 0x5A);
        using var snapshot = new MemoryStream();
        saved.Machine.Machine.SaveSnapshot(snapshot);
        snapshot.Position = 0;
        using var restored = new FloatMachine(Asm.Spin);
        restored.Machine.Machine.RestoreSnapshot(snapshot);
        Assert.Multiple(() =>
        {
            for (int index = 0; index < 32; index++)
                Assert.That(restored.Machine.Hart.GetFloatRegister(index), Is.EqualTo(One + (ulong)index));
            Assert.That(restored.Machine.Csr(FloatMachine.Fcsr), Is.EqualTo(0x5A));
            Assert.That(restored.Machine.Csr(FloatMachine.Mstatus), Is.EqualTo(saved.Machine.Csr(FloatMachine.Mstatus)));
        });
    }

    [Test]
    public void An_older_snapshot_is_refused_by_its_version()
    {
        using var machine = new FloatMachine(Asm.Spin);
        using var snapshot = new MemoryStream();
        machine.Machine.Machine.SaveSnapshot(snapshot);
        snapshot.Position = 8;
        snapshot.WriteByte(2);
        snapshot.Position = 0;
        Assert.That(
            () => machine.Machine.Machine.RestoreSnapshot(snapshot),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("version 2"));
    }
}
