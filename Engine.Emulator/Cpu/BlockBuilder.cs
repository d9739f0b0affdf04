using System.Runtime.InteropServices;
using Engine.Emulator.Memory;

namespace Engine.Emulator.Cpu;

/// <summary>Decodes guest code into a block in a buffer of its own.</summary>
internal sealed unsafe class BlockBuilder : IDisposable
{
    // A part of a block must not become hot beside the block itself.
    private const ulong NeverHot = 1UL << 63;

    private readonly GuestMemory _memory;
    private readonly Block* _buffer;
    private bool _disposed;

    public BlockBuilder(GuestMemory memory)
    {
        _memory = memory;
        _buffer = (Block*)NativeMemory.AlignedAlloc(
            (nuint)(sizeof(Block) + ((Block.MaxInstructions + 1) * sizeof(MicroOp))), 16);
    }

    ~BlockBuilder() => Free();

    /// <summary>Whether FENCE orders anything, because other harts look at memory at the same time; otherwise it is a nop.</summary>
    public bool KeepsFences { get; init; }

    /// <summary>
    /// Decodes from a host offset up to the first control transfer, the end of the page or
    /// <paramref name="maxInstructions"/>. The result is valid until the next call.
    /// </summary>
    /// <param name="pc">Guest virtual address of the first instruction.</param>
    /// <param name="memoryOffset">Its offset in host memory.</param>
    /// <param name="secondFrame">Frame that holds the second half of a straddling instruction.</param>
    /// <param name="flavour">The privilege mode.</param>
    /// <param name="maxInstructions">Most instructions to decode.</param>
    /// <param name="breakpoints">Virtual addresses where the block ends with a breakpoint, or null.</param>
    /// <param name="marks">What knows instructions that the block has to end before, or null.</param>
    public Block* Build(
        ulong pc, ulong memoryOffset, uint secondFrame, uint flavour, int maxInstructions, IReadOnlySet<ulong>? breakpoints,
        CausalStops? marks = null)
    {
        *_buffer = new Block { Pc = pc, MemoryOffset = memoryOffset, SecondFrame = secondFrame, Flavour = flavour };
        MicroOp* ops = Block.Ops(_buffer);
        ulong room = GuestMemory.FrameSize - (memoryOffset % GuestMemory.FrameSize);
        uint position = 0;
        uint count = 0;
        bool ended = false;
        while (!ended && count < maxInstructions && position < room)
        {
            if (!TryFetch(position, room, out uint raw, out uint length))
                break;
            MicroOp op = Decoder.Decode(length == 2 ? CompressedExpander.Expand(raw) : raw);
            if (KeepsFences && Decoder.IsFence(op))
                (op.Code, op.PlainCode) = (MicroOpCode.Fence, MicroOpCode.Fence);
            if ((breakpoints is not null && breakpoints.Contains(pc + position))
                || (marks is not null && Decoder.MayRetire(op.Code)
                    && marks.Marks(InstructionTemplate.Of(pc + position, raw, flavour))))
            {
                op = new MicroOp { Code = MicroOpCode.Breakpoint, PlainCode = MicroOpCode.Breakpoint, Raw = raw };
            }

            ended = Decoder.EndsBlock(op.Code);
            op.PcOffset = (ushort)position;
            op.Length = (byte)length;
            if (Decoder.HasTarget(op.Code))
                op.Imm += (int)position;
            if (length == 2)
                op.Raw = raw;
            ops[count++] = op;
            position += length;
        }

        _buffer->Count = count;
        _buffer->ByteLength = position;
        ops[count] = new MicroOp
        {
            Code = MicroOpCode.EndOfBlock,
            PlainCode = MicroOpCode.EndOfBlock,
            PcOffset = (ushort)position,
        };
        return _buffer;
    }

    /// <summary>Copies the first instructions of a block. The result is valid until the next call.</summary>
    public Block* Truncate(Block* block, uint count)
    {
        *_buffer = *block;
        _buffer->ContextTag = 0;
        _buffer->Taken = null;
        _buffer->Following = null;
        _buffer->ExecutionCount = NeverHot;
        _buffer->Count = count;
        MicroOp* source = Block.Ops(block);
        MicroOp* ops = Block.Ops(_buffer);
        for (uint index = 0; index < count; index++)
        {
            ops[index] = source[index];
            ops[index].Code = ops[index].PlainCode;
        }

        _buffer->ByteLength = source[count].PcOffset;
        ops[count] = new MicroOp
        {
            Code = MicroOpCode.EndOfBlock,
            PlainCode = MicroOpCode.EndOfBlock,
            PcOffset = source[count].PcOffset,
        };
        return _buffer;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private bool TryFetch(uint position, ulong room, out uint raw, out uint length)
    {
        byte* source = _memory.Host + _buffer->MemoryOffset + position;
        raw = *(ushort*)source;
        length = (raw & 3) == 3 ? 4u : 2u;
        if (length == 2)
            return true;
        if (position + 4 <= room)
        {
            raw |= (uint)*(ushort*)(source + 2) << 16;
            return true;
        }

        // An instruction that straddles two pages is a block of its own, since it depends on two translations.
        if (!_buffer->Straddles)
            return false;
        raw |= (uint)*(ushort*)(_memory.Host + ((ulong)_buffer->SecondFrame << GuestMemory.FrameShift)) << 16;
        return true;
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.AlignedFree(_buffer);
    }
}
