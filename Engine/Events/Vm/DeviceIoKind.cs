namespace Engine.Events.Vm;

/// <summary>Direction of a device transfer.</summary>
public enum DeviceIoKind : uint
{
    /// <summary>From the device to the guest.</summary>
    Read = 0,

    /// <summary>From the guest to the device.</summary>
    Write = 1,

    /// <summary>Data written before is made durable.</summary>
    Flush = 2,

    /// <summary>Anything else.</summary>
    Other = 3,
}
