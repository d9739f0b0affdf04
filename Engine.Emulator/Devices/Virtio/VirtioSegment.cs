namespace Engine.Emulator.Devices.Virtio;

/// <summary>One buffer of a descriptor chain.</summary>
/// <param name="Address">Physical address.</param>
/// <param name="ByteCount">Length in bytes.</param>
/// <param name="IsWritable">Whether the device writes it; otherwise the device reads it.</param>
public readonly record struct VirtioSegment(ulong Address, uint ByteCount, bool IsWritable);
