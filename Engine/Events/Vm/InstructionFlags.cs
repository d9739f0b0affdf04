namespace Engine.Events.Vm;

/// <summary>Properties of a retired instruction. The two lowest bits hold the privilege mode it ran in.</summary>
[Flags]
public enum InstructionFlags : uint
{
    /// <summary>No flag set; privilege mode user.</summary>
    None = 0,

    /// <summary>The bits that hold the <see cref="PrivilegeMode"/>.</summary>
    PrivilegeMask = 3,

    /// <summary>The encoding has 16 bits.</summary>
    Compressed = 1 << 2,

    /// <summary>A conditional branch.</summary>
    Branch = 1 << 3,

    /// <summary>A conditional branch that was taken.</summary>
    BranchTaken = 1 << 4,

    /// <summary>An unconditional jump, call or return.</summary>
    Jump = 1 << 5,

    /// <summary>Reads memory.</summary>
    Load = 1 << 6,

    /// <summary>Writes memory.</summary>
    Store = 1 << 7,

    /// <summary>An atomic memory operation.</summary>
    Atomic = 1 << 8,

    /// <summary>A CSR access, fence, trap return or other system instruction.</summary>
    System = 1 << 9,

    /// <summary>The bits that hold the length of the encoding in bytes, 1 to 15; 0 where the host does not say.</summary>
    LengthMask = 15 << 10,
}
