namespace Engine.Emulator.Devices;

/// <summary>A device through which the guest ends the machine.</summary>
public interface IExitDevice
{
    /// <summary>Whether the guest has asked for the end.</summary>
    bool ExitRequested { get; }

    /// <summary>The exit code the guest gave.</summary>
    int ExitCode { get; }
}
