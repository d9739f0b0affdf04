namespace Engine.Events.Vm;

/// <summary>What an instruction does with memory.</summary>
public enum MemoryAccessKind : byte
{
    /// <summary>Reads data.</summary>
    Load = 0,

    /// <summary>Writes data.</summary>
    Store = 1,

    /// <summary>Reads and writes data in one operation.</summary>
    Atomic = 2,

    /// <summary>Reads an instruction.</summary>
    Fetch = 3,
}
