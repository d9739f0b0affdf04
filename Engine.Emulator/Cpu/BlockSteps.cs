using Engine.Emulator.Memory;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Splits blocks into blocks of one instruction each, linked in order. The last has no link, so that the hart is asked for what
/// follows. They are kept with the block where the cache has room, and otherwise valid until the next call.
/// </summary>
internal sealed unsafe class BlockSteps(BlockCache cache) : IDisposable
{
    // A block of one instruction does not become hot beside the block it is part of.
    private const ulong NeverHot = 1UL << 63;

    private static readonly nuint Stride = (nuint)(sizeof(Block) + (2 * sizeof(MicroOp)));

    private readonly NativeBuffer<byte> _scratch = new(Block.MaxInstructions * Stride);

    /// <summary>The first step of a block.</summary>
    public Block* FirstOf(Block* block)
    {
        if (block->Steps != null)
            return block->Steps;
        if (cache.IsFull)
            return Split(block, _scratch.Start);
        return block->Steps = Split(block, cache.Allocate(block->Count * Stride));
    }

    public void Dispose() => _scratch.Dispose();

    private static Block* Split(Block* block, byte* memory)
    {
        MicroOp* ops = Block.Ops(block);
        for (uint index = 0; index < block->Count; index++)
        {
            var step = (Block*)(memory + (index * Stride));
            Fill(step, block, ops + index);
            step->Following = index + 1 < block->Count ? (Block*)(memory + ((index + 1) * Stride)) : null;
        }

        return (Block*)memory;
    }

    private static void Fill(Block* step, Block* block, MicroOp* source)
    {
        ushort start = source->PcOffset;
        *step = new Block
        {
            Pc = block->Pc + start,
            MemoryOffset = block->MemoryOffset + start,
            SecondFrame = block->SecondFrame,
            Flavour = block->Flavour,
            ExecutionCount = NeverHot,
            Count = 1,
            ByteLength = source->Length,
        };
        MicroOp* ops = Block.Ops(step);
        ops[0] = *source;
        ops[0].Code = source->PlainCode;
        ops[0].PcOffset = 0;
        if (Decoder.HasTarget(source->PlainCode))
            ops[0].Imm -= start;
        ops[1] = new MicroOp { Code = MicroOpCode.EndOfBlock, PlainCode = MicroOpCode.EndOfBlock, PcOffset = source->Length };
    }
}
