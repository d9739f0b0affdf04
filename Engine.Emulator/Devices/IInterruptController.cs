namespace Engine.Emulator.Devices;

/// <summary>Takes the interrupt wires of devices.</summary>
public interface IInterruptController
{
    /// <summary>
    /// Reports the level of one wire. Devices report whenever it may have changed, except while they are
    /// restored: the controller's own state holds what it knows of it.
    /// </summary>
    void SetSource(int irq, bool level);

    /// <summary>The source that a claim would return now, or 0.</summary>
    /// <param name="interruptCause">The hart's interrupt input the claim is for.</param>
    /// <param name="hart">Number of the hart.</param>
    int PendingSource(int interruptCause, int hart = 0);
}
