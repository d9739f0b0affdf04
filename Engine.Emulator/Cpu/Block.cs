using System.Runtime.InteropServices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// A decoded basic block, followed in memory by its micro-ops. It lies within one guest page, except for a
/// block of exactly one instruction that straddles two. Links lead only to blocks of the same page and mode,
/// so that they are as valid as the block itself and vanish together with it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Block
{
    /// <summary>Most instructions in one block.</summary>
    public const int MaxInstructions = 128;

    /// <summary>Value of <see cref="SecondFrame"/> for a block within one page.</summary>
    public const uint NoFrame = uint.MaxValue;

    /// <summary>Guest virtual address of the first instruction.</summary>
    public ulong Pc;

    /// <summary>The <see cref="HartState.ContextTag"/> under which the block was last found; 0 when it is dead.</summary>
    public ulong ContextTag;

    /// <summary>Block at the branch target, once known.</summary>
    public Block* Taken;

    /// <summary>Block behind this one, once known.</summary>
    public Block* Following;

    /// <summary>Instructions in the block.</summary>
    public uint Count;

    /// <summary>Guest bytes in the block.</summary>
    public uint ByteLength;

    /// <summary>Offset of the first instruction in host memory; identifies the physical address.</summary>
    public ulong MemoryOffset;

    /// <summary>Frame that holds the second half of a straddling instruction.</summary>
    public uint SecondFrame;

    /// <summary>Privilege mode that it was decoded for.</summary>
    public uint Flavour;

    /// <summary>Next block in the same hash bucket.</summary>
    public Block* NextInBucket;

    /// <summary>Next block of the same frame.</summary>
    public Block* NextInFrame;

    /// <summary>The block's instruction events, built when first needed.</summary>
    public InstructionRetired* Template;

    /// <summary>The block's instructions as blocks of their own, made when first needed.</summary>
    public Block* Steps;

    /// <summary>Times the block was executed while somebody asked for hot spots.</summary>
    public ulong ExecutionCount;

    /// <summary>The micro-ops that follow a block header.</summary>
    public static MicroOp* Ops(Block* block) => (MicroOp*)(block + 1);

    /// <summary>Whether the block's one instruction lies in two pages.</summary>
    public readonly bool Straddles => SecondFrame != NoFrame;
}
