using Engine.Emulator;

namespace Engine.Tests.Emulator.Cpu;

public sealed class DeterminismTests
{
    private const int CsrStimecmp = 0x14D;
    private const int CsrMie = 0x304;
    private const int CsrMenvcfg = 0x30A;
    private const int CsrMstatus = 0x300;
    private const ulong Length = 50_000;

    // A loop that works on memory, interrupted by a timer whose handler counts and sets the next deadline.
    private static readonly uint[] Program =
    [
        Asm.Ld(2, 1),
        Asm.Add(3, 3, 2),
        Asm.Addi(2, 2, 3),
        Asm.Sd(2, 1),
        Asm.Bne(0, 2, -16),
    ];

    private static readonly uint[] Handler =
    [
        Asm.Csrrs(10, 0xC01, 0),
        Asm.Addi(10, 10, 37),
        Asm.Csrrw(0, CsrStimecmp, 10),
        Asm.Add(11, 11, 3),
        Asm.Addi(12, 12, 1),
        Asm.Mret,
    ];

    private static TestMachine Create()
    {
        var machine = new TestMachine(Program);
        machine.Write(TestMachine.MachineVector, Handler);
        machine[1] = TestMachine.Data;
        machine.SetCsr(CsrMenvcfg, 1UL << 63);
        machine.SetCsr(CsrStimecmp, 37);
        machine.SetCsr(CsrMie, 1 << 5);
        machine.SetCsr(CsrMstatus, 1 << 3);
        return machine;
    }

    private static byte[] Snapshot(TestMachine machine)
    {
        using var stream = new MemoryStream();
        machine.Machine.SaveSnapshot(stream);
        return stream.ToArray();
    }

    [Test]
    public void Two_runs_end_in_the_same_state()
    {
        using TestMachine first = Create().Run(Length);
        using TestMachine second = Create().Run(Length);
        Assert.Multiple(() =>
        {
            Assert.That(first[12], Is.GreaterThan(50), "the timer interrupted");
            Assert.That(Snapshot(first), Is.EqualTo(Snapshot(second)));
        });
    }

    [TestCase(1UL)]
    [TestCase(7UL)]
    [TestCase(1_000UL)]
    public void Interrupts_come_at_the_same_instructions_however_the_run_is_cut(ulong slice)
    {
        using TestMachine whole = Create().Run(Length);
        using TestMachine cut = Create();
        for (ulong done = 0; done < Length; done += Math.Min(slice, Length - done))
            cut.Run(Math.Min(slice, Length - done));
        Assert.That(Snapshot(cut), Is.EqualTo(Snapshot(whole)));
    }

    [Test]
    public void Restored_snapshot_continues_as_the_machine_did()
    {
        using TestMachine original = Create().Run(Length);
        byte[] snapshot = Snapshot(original);
        original.Run(Length);
        using TestMachine restored = Create().Run(123);
        MachineSnapshot read = restored.Machine.RestoreSnapshot(new MemoryStream(snapshot));
        restored.Run(Length);
        Assert.Multiple(() =>
        {
            Assert.That(read, Is.EqualTo(new MachineSnapshot(1, (ulong)snapshot.Length)));
            Assert.That(Snapshot(restored), Is.EqualTo(Snapshot(original)));
        });
    }

    [Test]
    public void Restoring_drops_code_that_was_decoded_since()
    {
        using var machine = new TestMachine([Asm.Addi(3, 3, 1), Asm.Jal(0, -4)]);
        byte[] snapshot = Snapshot(machine);
        machine.Write(TestMachine.Code, [Asm.Addi(3, 3, 100)]);
        machine.Run(2);
        machine.Machine.RestoreSnapshot(new MemoryStream(snapshot));
        machine.Run(2);
        Assert.That(machine[3], Is.EqualTo(1));
    }

    [Test]
    public void Damaged_snapshot_is_refused_and_changes_nothing()
    {
        using TestMachine machine = Create().Run(100);
        byte[] snapshot = Snapshot(machine);
        byte[] before = Snapshot(machine);
        snapshot[^1] ^= 1;
        Assert.That(() => machine.Machine.RestoreSnapshot(new MemoryStream(snapshot)), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => machine.Machine.RestoreSnapshot(new MemoryStream(snapshot[..^9])), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => machine.Machine.RestoreSnapshot(new MemoryStream(snapshot[..9])), Throws.TypeOf<InvalidDataException>());
        Assert.That(Payload(Snapshot(machine)), Is.EqualTo(Payload(before)));

        // What follows the header, which counts the snapshots.
        static byte[] Payload(byte[] bytes) => bytes[56..];
    }

    [Test]
    public void Snapshot_of_another_machine_is_refused()
    {
        using TestMachine machine = Create();
        using var larger = new Machine(new MachineOptions { RamSize = 2 << 20 });
        Assert.That(
            () => larger.RestoreSnapshot(new MemoryStream(Snapshot(machine))),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("RAM"));
    }
}
