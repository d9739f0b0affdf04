namespace Engine.Emulator.Devices;

/// <summary>A device that acts when the machine's time reaches a deadline.</summary>
public interface ITimerDevice
{
    /// <summary>The next deadline in ticks, or <see cref="ulong.MaxValue"/> for none.</summary>
    ulong NextDeadline { get; }

    /// <summary>Brings the device's interrupt line up to date with the time.</summary>
    /// <param name="ticks">The current time.</param>
    void Update(ulong ticks);
}
