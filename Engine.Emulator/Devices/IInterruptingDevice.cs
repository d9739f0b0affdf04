namespace Engine.Emulator.Devices;

/// <summary>A device that drives a wire of the interrupt controller.</summary>
public interface IInterruptingDevice
{
    /// <summary>Number of the controller's source.</summary>
    int InterruptSource { get; }
}
