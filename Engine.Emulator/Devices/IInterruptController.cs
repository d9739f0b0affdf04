namespace Engine.Emulator.Devices;

/// <summary>Takes the interrupt wires of devices.</summary>
public interface IInterruptController
{
    /// <summary>Drives the level of one wire.</summary>
    void SetSource(int irq, bool level);
}
