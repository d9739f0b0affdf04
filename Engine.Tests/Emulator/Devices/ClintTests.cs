using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

public sealed class ClintTests
{
    private const ulong Compare = 0x4000;
    private const ulong Time = 0xBFF8;
    private const int SoftwareInterrupt = 3;
    private const int TimerInterrupt = 7;

    private RecordedLines _lines = null!;
    private ManualClock _clock = null!;
    private Clint _clint = null!;

    [SetUp]
    public void CreateClint()
    {
        _lines = new RecordedLines();
        _clock = new ManualClock();
        _clint = new Clint(_lines, _clock);
    }

    [Test]
    public void Software_interrupt_follows_bit_0_of_msip()
    {
        _clint.Write(0, 0xFFFF_FFFF, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[SoftwareInterrupt], Is.True);
            Assert.That(_clint.Read(0, 4), Is.EqualTo(1));
        });
        _clint.Write(0, 0xFFFF_FFFE, 4);
        Assert.That(_lines[SoftwareInterrupt], Is.False);
    }

    [Test]
    public void Msip_of_a_second_hart_does_nothing()
    {
        _clint.Write(4, 1, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[SoftwareInterrupt], Is.False);
            Assert.That(_clint.Read(4, 4), Is.Zero);
        });
    }

    [Test]
    public void Timer_has_no_deadline_after_reset() => Assert.That(_clint.NextDeadline, Is.EqualTo(ulong.MaxValue));

    [Test]
    public void Timer_interrupt_comes_at_the_deadline_and_goes_with_a_new_one()
    {
        _clint.Write(Compare, 100, 8);
        Assert.Multiple(() =>
        {
            Assert.That(_clint.NextDeadline, Is.EqualTo(100));
            Assert.That(_lines[TimerInterrupt], Is.False);
            Assert.That(_clock.DeadlineChangeCount, Is.EqualTo(1));
        });

        _clock.Ticks = 99;
        _clint.Update(99);
        Assert.That(_lines[TimerInterrupt], Is.False);

        _clock.Ticks = 100;
        _clint.Update(100);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[TimerInterrupt], Is.True);
            Assert.That(_clint.NextDeadline, Is.EqualTo(ulong.MaxValue));
        });

        _clint.Write(Compare, 200, 8);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[TimerInterrupt], Is.False);
            Assert.That(_clint.NextDeadline, Is.EqualTo(200));
        });
    }

    [Test]
    public void Compare_can_be_written_in_halves()
    {
        _clint.Write(Compare + 4, 2, 4);
        _clint.Write(Compare, 5, 4);
        Assert.Multiple(() =>
        {
            Assert.That(_clint.Read(Compare, 8), Is.EqualTo(0x2_0000_0005));
            Assert.That(_clint.Read(Compare + 4, 4), Is.EqualTo(2));
        });
    }

    [Test]
    public void Written_time_runs_on_from_there_and_moves_the_deadline()
    {
        _clock.Ticks = 10;
        _clint.Write(Time, 1000, 8);
        _clint.Write(Compare, 1500, 8);
        Assert.That(_clint.NextDeadline, Is.EqualTo(510));

        _clock.Ticks = 20;
        Assert.Multiple(() =>
        {
            Assert.That(_clint.Read(Time, 8), Is.EqualTo(1010));
            Assert.That(_clint.TimeTicks, Is.EqualTo(1010));
        });
        _clint.Write(Time, 1500, 8);
        Assert.That(_lines[TimerInterrupt], Is.True);
    }

    [Test]
    public void Accesses_narrower_than_a_word_do_nothing()
    {
        _clint.Write(Compare, 0, 2);
        Assert.Multiple(() =>
        {
            Assert.That(_lines[TimerInterrupt], Is.False);
            Assert.That(_clint.Read(Compare, 1), Is.Zero);
        });
    }

    [Test]
    public void State_survives_a_snapshot()
    {
        _clint.Write(0, 1, 4);
        _clint.Write(Time, 50, 8);
        _clint.Write(Compare, 40, 8);

        var lines = new RecordedLines();
        var restored = new Clint(lines, _clock);
        DeviceState.Copy(_clint, restored);
        Assert.Multiple(() =>
        {
            Assert.That(restored.TimeTicks, Is.EqualTo(50));
            Assert.That(restored.Read(Compare, 8), Is.EqualTo(40));
            Assert.That(lines[SoftwareInterrupt], Is.True);
            Assert.That(lines[TimerInterrupt], Is.True);
        });
    }
}
