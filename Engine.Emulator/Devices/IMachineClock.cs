namespace Engine.Emulator.Devices;

/// <summary>The machine's time, counted in ticks of 10 MHz.</summary>
public interface IMachineClock
{
    /// <summary>The current value of mtime.</summary>
    ulong Ticks { get; }

    /// <summary>Tells the machine that <see cref="ITimerDevice.NextDeadline"/> changed.</summary>
    void DeadlineChanged();
}
