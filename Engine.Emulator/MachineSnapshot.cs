namespace Engine.Emulator;

/// <summary>A snapshot that was written or read.</summary>
/// <param name="Id">Number of the snapshot within the history of its machine.</param>
/// <param name="ByteCount">Bytes of its serialized form.</param>
public readonly record struct MachineSnapshot(ulong Id, ulong ByteCount);
