using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>Builds the instruction events of a block; only whether its last branch is taken is known later.</summary>
internal static unsafe class InstructionTemplate
{
    /// <summary>Templates are copied in groups of this many events, so their memory is a multiple of it.</summary>
    public const uint GroupSize = 4;

    /// <summary>Events of memory that a block's template needs.</summary>
    public static uint Capacity(uint count) => (count + GroupSize - 1) / GroupSize * GroupSize;

    /// <summary>Fills the events of all instructions of a block.</summary>
    public static void Fill(Block* block, InstructionRetired* destination)
    {
        MicroOp* ops = Block.Ops(block);
        for (uint index = 0; index < block->Count; index++)
        {
            destination[index] = new InstructionRetired(
                block->Pc + ops[index].PcOffset, ops[index].Raw, FlagsOf(ops + index, block->Flavour));
        }
    }

    /// <summary>The event of an instruction; whether a branch is taken is not known.</summary>
    public static InstructionRetired Of(ulong pc, uint raw, uint flavour)
    {
        bool isCompressed = (raw & 3) != 3;
        MicroOp op = Decoder.Decode(isCompressed ? CompressedExpander.Expand(raw) : raw);
        op.Length = (byte)(isCompressed ? 2 : 4);
        return new InstructionRetired(pc, raw, FlagsOf(&op, flavour));
    }

    private static InstructionFlags FlagsOf(MicroOp* op, uint flavour)
    {
        var flags = (InstructionFlags)flavour & InstructionFlags.PrivilegeMask;
        if (op->Length == 2)
            flags |= InstructionFlags.Compressed;
        return flags | op->PlainCode switch
        {
            >= MicroOpCode.Beq and <= MicroOpCode.Bgeu => InstructionFlags.Branch,
            MicroOpCode.Jal or MicroOpCode.Jalr => InstructionFlags.Jump,
            >= MicroOpCode.Lb and <= MicroOpCode.Lwu or MicroOpCode.Flw or MicroOpCode.Fld => InstructionFlags.Load,
            >= MicroOpCode.Sb and <= MicroOpCode.Sd or MicroOpCode.Fsw or MicroOpCode.Fsd => InstructionFlags.Store,
            MicroOpCode.Amo => FlagsOfAtomic(op->Raw >> 27),
            >= MicroOpCode.Csr and <= MicroOpCode.Illegal => InstructionFlags.System,
            _ => InstructionFlags.None,
        };
    }

    private static InstructionFlags FlagsOfAtomic(uint function) => InstructionFlags.Atomic | function switch
    {
        2 => InstructionFlags.Load,
        3 => InstructionFlags.Store,
        _ => InstructionFlags.Load | InstructionFlags.Store,
    };
}
