namespace Engine.Emulator.Devices.Virtio;

/// <summary>Feature bits that belong to the transport and its queues.</summary>
internal static class VirtioFeatures
{
    public const ulong IndirectDescriptors = 1UL << 28;
    public const ulong Version1 = 1UL << 32;
}
