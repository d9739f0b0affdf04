namespace Engine.Emulator.Devices;

/// <summary>A device that looks for outside work at fixed instruction intervals.</summary>
public interface IPolledDevice
{
    /// <summary>Takes in outside work; true when something happened.</summary>
    bool Poll();

    /// <summary>Whether a later <see cref="Poll"/> could find work; false means waiting for it is pointless.</summary>
    bool MayBecomeReady { get; }
}
