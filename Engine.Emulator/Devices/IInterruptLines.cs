namespace Engine.Emulator.Devices;

/// <summary>The interrupt inputs of a hart.</summary>
public interface IInterruptLines
{
    /// <summary>Drives one level-sensitive input.</summary>
    /// <param name="cause">The interrupt's cause number: 3 MSIP, 7 MTIP, 9 SEIP, 11 MEIP.</param>
    /// <param name="asserted">The new level.</param>
    void SetLine(int cause, bool asserted);
}
