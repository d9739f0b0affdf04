using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

public class WakeSignalTests
{
    private readonly WakeSignal _signal = new();
    private int _progress;

    [SetUp]
    public void Reset()
    {
        _progress = 0;
        _signal.Wake();
    }

    [Test]
    public void Park_returns_at_once_when_there_is_progress()
    {
        _progress = 1;
        _signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan);
        Assert.That(_signal.IsParked, Is.False);
    }

    [Test]
    public void After_a_sleep_the_signal_is_raised_until_somebody_finds_nobody_asleep()
    {
        _progress = 1;
        Assert.That(_signal.IsRaised, Is.False);
        _signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan);
        Assert.That(_signal.IsRaised, Is.True);
        _signal.Wake();
        Assert.That(_signal.IsRaised, Is.False);
    }

    [Test]
    public void Park_returns_when_its_time_is_over()
    {
        _signal.Park(new ProgressCheck(this), TimeSpan.FromMilliseconds(1));
        Assert.That(_signal.IsParked, Is.False);
    }

    [Test]
    public void The_signal_is_raised_while_a_sleeper_waits_and_Wake_ends_it()
    {
        RunningThreads sleeper = Threads.Start(() => _signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan));
        Eventually.IsTrue(() => _signal.IsRaised);
        _signal.Wake();
        sleeper.Join();
        Assert.That((_signal.IsParked, _signal.IsRaised), Is.EqualTo((false, true)), "It slept not long ago.");
    }

    [Test]
    public void An_interrupt_before_the_pause_ends_it()
    {
        _signal.Interrupt();
        RunningThreads sleeper = Threads.Start(() => _signal.Pause(Timeout.InfiniteTimeSpan));
        Assert.That(sleeper.Join, Throws.Nothing);
    }

    [Test]
    public void An_interrupt_before_the_park_ends_it()
    {
        _signal.Interrupt();
        RunningThreads sleeper = Threads.Start(() => _signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan));
        Assert.That(sleeper.Join, Throws.Nothing);
    }

    [Test]
    public void Wake_without_a_sleeper_does_nothing_that_lasts()
    {
        _signal.Wake();
        RunningThreads sleeper = Threads.Start(() => _signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan));
        Eventually.IsTrue(() => _signal.IsParked);
        _signal.Wake();
        sleeper.Join();
    }

    [Test]
    public void Close_wakes_the_sleeper_and_keeps_the_signal_raised()
    {
        var signal = new WakeSignal();
        RunningThreads sleeper = Threads.Start(() => signal.Park(new ProgressCheck(this), Timeout.InfiniteTimeSpan));
        Eventually.IsTrue(() => signal.IsParked);
        signal.Close();
        sleeper.Join();
        Assert.That((signal.IsRaised, signal.IsClosed), Is.EqualTo((true, true)));
        signal.Wake();
        Assert.That(signal.IsRaised, Is.True);
    }

    private readonly struct ProgressCheck(WakeSignalTests owner) : IProgressCheck
    {
        public bool HasProgress() => Volatile.Read(ref owner._progress) != 0;
    }
}
