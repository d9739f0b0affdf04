using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

public sealed class PlicTests
{
    private const ulong Pending = 0x1000;
    private const ulong EnableM = 0x2000;
    private const ulong EnableS = 0x2080;
    private const ulong ThresholdS = 0x20_1000;
    private const ulong ClaimM = 0x20_0004;
    private const ulong ClaimS = 0x20_1004;
    private const int SupervisorExternal = 9;
    private const int MachineExternal = 11;

    private RecordedLines _lines = null!;
    private Plic _plic = null!;

    [SetUp]
    public void CreatePlic()
    {
        _lines = new RecordedLines();
        _plic = new Plic(_lines);
    }

    [Test]
    public void Source_interrupts_only_when_it_has_priority_and_is_enabled()
    {
        _plic.SetSource(10, level: true);
        Assert.That(_lines[SupervisorExternal], Is.False);
        _plic.Write(EnableS, 1 << 10, 4);
        Assert.That(_lines[SupervisorExternal], Is.False);
        _plic.Write(4 * 10, 1, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[SupervisorExternal], Is.True);
            Assert.That(_lines[MachineExternal], Is.False);
            Assert.That(_plic.Read(Pending, 4), Is.EqualTo(1 << 10));
        });
    }

    [Test]
    public void Claim_takes_the_highest_priority_and_among_equals_the_lowest_number()
    {
        EnableForSupervisor(3, priority: 1);
        EnableForSupervisor(8, priority: 5);
        EnableForSupervisor(40, priority: 5);
        foreach (int irq in (int[])[40, 3, 8])
            _plic.SetSource(irq, level: true);

        ulong[] claims = [.. Enumerable.Range(0, 4).Select(_ => _plic.Read(ClaimS, 4))];
        Assert.Multiple(() =>
        {
            Assert.That(claims, Is.EqualTo((ulong[])[8, 40, 3, 0]));
            Assert.That(_lines[SupervisorExternal], Is.False);
        });
    }

    [Test]
    public void Request_during_service_waits_for_completion()
    {
        EnableForSupervisor(10, priority: 1);
        _plic.SetSource(10, level: true);
        Assert.That(_plic.Read(ClaimS, 4), Is.EqualTo(10));
        Assert.That(_plic.Read(Pending, 4), Is.Zero);
        _plic.SetSource(10, level: true);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[SupervisorExternal], Is.False);
            Assert.That(_plic.Read(Pending, 4), Is.EqualTo(1 << 10));
            Assert.That(_plic.Read(ClaimS, 4), Is.Zero);
        });

        _plic.Write(ClaimS, 10, 4);
        Assert.That(_lines[SupervisorExternal], Is.True);
    }

    [Test]
    public void Level_that_is_not_reported_again_does_not_interrupt_again()
    {
        EnableForSupervisor(10, priority: 1);
        _plic.SetSource(10, level: true);
        _plic.Read(ClaimS, 4);
        _plic.Write(ClaimS, 10, 4);
        Assert.That(_lines[SupervisorExternal], Is.False);
    }

    [Test]
    public void Low_level_withdraws_the_request()
    {
        EnableForSupervisor(10, priority: 1);
        _plic.SetSource(10, level: true);
        _plic.SetSource(10, level: false);
        Assert.That(_lines[SupervisorExternal], Is.False);
        Assert.That(_plic.Read(ClaimS, 4), Is.Zero);
    }

    [Test]
    public void Completion_of_another_source_changes_nothing()
    {
        EnableForSupervisor(10, priority: 1);
        _plic.SetSource(10, level: true);
        _plic.Read(ClaimS, 4);
        _plic.SetSource(10, level: true);
        foreach (uint irq in (uint[])[0, 11, 96, 0xFFFF_FFFF])
            _plic.Write(ClaimS, irq, 4);
        Assert.That(_lines[SupervisorExternal], Is.False);
    }

    [Test]
    public void Sources_up_to_the_threshold_are_held_back()
    {
        EnableForSupervisor(10, priority: 3);
        _plic.Write(ThresholdS, 3, 4);
        _plic.SetSource(10, level: true);
        Assert.That(_lines[SupervisorExternal], Is.False);
        Assert.That(_plic.Read(ClaimS, 4), Is.Zero);
        _plic.Write(ThresholdS, 2, 4);
        Assert.That(_lines[SupervisorExternal], Is.True);
        Assert.That(_plic.Read(ClaimS, 4), Is.EqualTo(10));
    }

    [Test]
    public void Contexts_are_independent()
    {
        EnableForSupervisor(10, priority: 1);
        _plic.Write(4 * 11, 1, 4);
        _plic.Write(EnableM, 1 << 11, 4);
        _plic.SetSource(11, level: true);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[MachineExternal], Is.True);
            Assert.That(_lines[SupervisorExternal], Is.False);
            Assert.That(_plic.Read(ClaimS, 4), Is.Zero);
            Assert.That(_plic.Read(ClaimM, 4), Is.EqualTo(11));
        });
    }

    [Test]
    public void Registers_hold_only_bits_that_exist()
    {
        _plic.Write(0, 7, 4);
        _plic.Write(4 * 95, 0xFFFF_FFFF, 4);
        _plic.Write(4 * 96, 7, 4);
        _plic.Write(EnableS, 0xFFFF_FFFF, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_plic.Read(0, 4), Is.Zero);
            Assert.That(_plic.Read(4 * 95, 4), Is.EqualTo(7));
            Assert.That(_plic.Read(4 * 96, 4), Is.Zero);
            Assert.That(_plic.Read(EnableS, 4), Is.EqualTo(0xFFFF_FFFE));
        });
    }

    [Test]
    public void Accesses_anywhere_in_the_range_are_harmless()
    {
        Assert.That(
            () =>
            {
                for (ulong offset = 0; offset < _plic.Size; offset += 4)
                {
                    _plic.Write(offset, 0xFFFF_FFFF, 4);
                    _plic.Read(offset, 4);
                }
            },
            Throws.Nothing);
    }

    [TestCase(0)]
    [TestCase(96)]
    public void Source_that_does_not_exist_is_refused(int irq) =>
        Assert.That(() => _plic.SetSource(irq, level: true), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void State_survives_a_snapshot()
    {
        EnableForSupervisor(10, priority: 2);
        EnableForSupervisor(12, priority: 1);
        _plic.SetSource(10, level: true);
        _plic.SetSource(12, level: true);
        _plic.Read(ClaimS, 4);
        _plic.SetSource(10, level: true);

        var lines = new RecordedLines();
        var restored = new Plic(lines);
        DeviceState.Copy(_plic, restored);
        Assert.That(lines[SupervisorExternal], Is.True);
        Assert.That(restored.Read(ClaimS, 4), Is.EqualTo(12));
        restored.Write(ClaimS, 10, 4);
        Assert.That(restored.Read(ClaimS, 4), Is.EqualTo(10));
    }

    private void EnableForSupervisor(int irq, uint priority)
    {
        ulong word = EnableS + (4 * ((ulong)irq / 32));
        _plic.Write((ulong)irq * 4, priority, 4);
        _plic.Write(word, _plic.Read(word, 4) | (1u << (irq % 32)), 4);
    }
}
