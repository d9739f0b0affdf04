using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Devices;

/// <summary>A clock that stands still until a test moves it.</summary>
internal sealed class ManualClock : IMachineClock
{
    public ulong Ticks { get; set; }

    public int DeadlineChangeCount { get; private set; }

    public void DeadlineChanged() => DeadlineChangeCount++;
}
