namespace Engine.Emulator.Devices.Virtio;

/// <summary>What a virtio device does behind its transport.</summary>
public interface IVirtioFunction
{
    string Name { get; }

    /// <summary>Device type by the virtio specification, such as 2 for a block device.</summary>
    uint DeviceId { get; }

    /// <summary>Feature bits of this device type; the transport adds its own.</summary>
    ulong Features { get; }

    int QueueCount { get; }

    /// <summary>The device's configuration space, little-endian.</summary>
    ReadOnlySpan<byte> Configuration { get; }

    /// <summary>Serves one request.</summary>
    /// <param name="chain">The request's buffers.</param>
    /// <param name="writtenByteCount">Bytes written into the chain's writable part.</param>
    /// <returns>False when the request is malformed and the device needs a reset.</returns>
    bool TryServe(DescriptorChain chain, out uint writtenByteCount);
}
