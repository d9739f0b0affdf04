using System.Runtime.InteropServices;

namespace Engine.Emulator.Cpu;

/// <summary>
/// What the interpreter loop touches on every block, in unmanaged memory so that one pointer reaches it all.
/// The registers come first: the register pointer is the state pointer.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HartState
{
    /// <summary>Index of the register that takes writes to x0.</summary>
    public const int SinkRegister = 32;

    /// <summary>x0 to x31 and the sink.</summary>
    public fixed ulong X[33];

    /// <summary>The load TLB of the current data context.</summary>
    public byte* LoadTlb;

    /// <summary>The store TLB of the current data context.</summary>
    public byte* StoreTlb;

    /// <summary>Direct-mapped cache from guest pc to block; never holds null.</summary>
    public Block** JumpCache;

    /// <summary>
    /// Identifies the mode and the translations that fetches use now; blocks found under another tag have to be looked up
    /// again.
    /// </summary>
    public ulong ContextTag;

    /// <summary>Instructions left in the slice after the current block.</summary>
    public long Remaining;

    /// <summary>Retired-instruction count at which the slice ends.</summary>
    public ulong SliceEnd;

    /// <summary>Instructions of the current block that have not retired yet; 0 outside slow paths.</summary>
    public long NotRetired;

    /// <summary>Guest address of the next instruction; valid between blocks and in slow paths.</summary>
    public ulong Pc;

    /// <summary>Nonzero when the run is to end before the next block: a bit for each kind of request.</summary>
    public int StopRequested;

    /// <summary>f0 to f31. A single value is in the lower half, below ones.</summary>
    public fixed ulong F[32];
}
