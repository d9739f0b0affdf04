namespace Engine.Emulator.Devices;

/// <summary>The machine's numbering of device kinds in events.</summary>
public enum MachineDeviceKind : uint
{
    /// <summary>Anything else.</summary>
    Other = 0,

    /// <summary>A timer.</summary>
    Timer = 1,

    /// <summary>An interrupt controller.</summary>
    InterruptController = 2,

    /// <summary>A serial console or another device with input from outside.</summary>
    Polled = 3,

    /// <summary>A device that ends the machine.</summary>
    Exit = 4,
}
