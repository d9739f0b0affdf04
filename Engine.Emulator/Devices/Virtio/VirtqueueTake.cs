namespace Engine.Emulator.Devices.Virtio;

/// <summary>Outcome of looking for the next request of a queue.</summary>
internal enum VirtqueueTake
{
    /// <summary>The driver has made nothing available.</summary>
    Empty,

    /// <summary>A request was taken.</summary>
    Taken,

    /// <summary>The queue or the chain breaks the specification's rules.</summary>
    Malformed,
}
