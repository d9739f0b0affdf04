namespace Engine.Emulator.Cpu;

/// <summary>
/// Turns 32-bit encodings into micro-ops. Encodings that RV64IMAFD, Zicsr and Zifencei do not define become
/// <see cref="MicroOpCode.Illegal"/>.
/// </summary>
internal static partial class Decoder
{
    /// <summary>Decodes one instruction. The caller adds position and length.</summary>
    public static MicroOp Decode(uint instruction)
    {
        uint rd = (instruction >> 7) & 31;
        var op = new MicroOp
        {
            Rd = (byte)(rd == 0 ? HartState.SinkRegister : rd),
            Rs1 = (byte)((instruction >> 15) & 31),
            Rs2 = (byte)((instruction >> 20) & 31),
            Raw = instruction,
        };
        uint function3 = (instruction >> 12) & 7;
        op.Code = (instruction & 0x7F) switch
        {
            0x03 => DecodeLoad(function3),
            0x07 => DecodeFloatLoad(function3),
            0x0F => DecodeFence(function3),
            0x13 => DecodeImmediate(instruction, function3),
            0x17 => MicroOpCode.Auipc,
            0x1B => DecodeImmediateWord(instruction, function3),
            0x23 => DecodeStore(function3),
            0x27 => DecodeFloatStore(function3),
            0x2F => DecodeAtomic(instruction, function3),
            0x33 => DecodeRegister(instruction, function3),
            0x37 => MicroOpCode.Li,
            0x3B => DecodeRegisterWord(instruction, function3),
            0x43 or 0x47 or 0x4B or 0x4F or 0x53 => MicroOpCode.Float,
            0x63 => DecodeBranch(function3),
            0x67 => function3 == 0 ? MicroOpCode.Jalr : MicroOpCode.Illegal,
            0x6F => MicroOpCode.Jal,
            0x73 => DecodeSystem(instruction, function3),
            _ => MicroOpCode.Illegal,
        };
        op.Imm = Immediate(instruction, op.Code);
        if (op.Code == MicroOpCode.Float)
            DecodeFloat(ref op, instruction);
        if (WritesFloatRegister(op))
            op.Rd = (byte)rd;
        Simplify(ref op, rd);
        op.PlainCode = op.Code;
        return op;
    }

    /// <summary>Whether the immediate is the offset of a target, which a block has from its start.</summary>
    public static bool HasTarget(MicroOpCode code) => code is (>= MicroOpCode.Beq and <= MicroOpCode.Bgeu) or MicroOpCode.Jal;

    /// <summary>Whether an instruction can do anything but raise an exception.</summary>
    public static bool MayRetire(MicroOpCode code) => code is not (MicroOpCode.Ecall or MicroOpCode.Ebreak or MicroOpCode.Illegal);

    /// <summary>Whether the instruction is FENCE, which is decoded to a nop.</summary>
    public static bool IsFence(in MicroOp op) => op.Code == MicroOpCode.Nop && (op.Raw & 0x707F) == 0x0F;

    /// <summary>Whether a block ends behind an instruction.</summary>
    public static bool EndsBlock(MicroOpCode code) =>
        code is (>= MicroOpCode.Beq and <= MicroOpCode.Jalr) or (>= MicroOpCode.Ecall and <= MicroOpCode.Illegal);

    private static int Immediate(uint instruction, MicroOpCode code)
    {
        int signed = (int)instruction;
        switch (instruction & 0x7F)
        {
            case 0x17 or 0x37:
                return signed & ~0xFFF;
            case 0x23 or 0x27:
                return ((signed >> 25) << 5) | (int)((instruction >> 7) & 31);
            case 0x63:
                return ((signed >> 31) << 12) | (int)(((instruction >> 7) & 1) << 11)
                    | (int)(((instruction >> 25) & 63) << 5) | (int)(((instruction >> 8) & 15) << 1);
            case 0x6F:
                return ((signed >> 31) << 20) | (int)(instruction & 0xF_F000)
                    | (int)(((instruction >> 20) & 1) << 11) | (int)(((instruction >> 21) & 0x3FF) << 1);
            default:
                return code switch
                {
                    MicroOpCode.Slli or MicroOpCode.Srli or MicroOpCode.Srai => (signed >> 20) & 63,
                    MicroOpCode.Slliw or MicroOpCode.Srliw or MicroOpCode.Sraiw => (signed >> 20) & 31,
                    _ => signed >> 20,
                };
        }
    }

    private static void Simplify(ref MicroOp op, uint rd)
    {
        if (op.Code == MicroOpCode.Addi)
        {
            if (rd == 0)
                op.Code = MicroOpCode.Nop;
            else if (op.Rs1 == 0)
                op.Code = MicroOpCode.Li;
            else if (op.Imm == 0)
                op.Code = MicroOpCode.Mv;
        }
        else if (op.Code == MicroOpCode.Add && op.Rs1 == 0)
        {
            op.Code = MicroOpCode.Mv;
            op.Rs1 = op.Rs2;
        }
    }

    private static MicroOpCode DecodeLoad(uint function3) => function3 switch
    {
        0 => MicroOpCode.Lb,
        1 => MicroOpCode.Lh,
        2 => MicroOpCode.Lw,
        3 => MicroOpCode.Ld,
        4 => MicroOpCode.Lbu,
        5 => MicroOpCode.Lhu,
        6 => MicroOpCode.Lwu,
        _ => MicroOpCode.Illegal,
    };

    private static MicroOpCode DecodeStore(uint function3) => function3 switch
    {
        0 => MicroOpCode.Sb,
        1 => MicroOpCode.Sh,
        2 => MicroOpCode.Sw,
        3 => MicroOpCode.Sd,
        _ => MicroOpCode.Illegal,
    };

    // One hart that executes in order: FENCE has nothing to do.
    private static MicroOpCode DecodeFence(uint function3) => function3 switch
    {
        0 => MicroOpCode.Nop,
        1 => MicroOpCode.FenceI,
        _ => MicroOpCode.Illegal,
    };

    private static MicroOpCode DecodeBranch(uint function3) => function3 switch
    {
        0 => MicroOpCode.Beq,
        1 => MicroOpCode.Bne,
        4 => MicroOpCode.Blt,
        5 => MicroOpCode.Bge,
        6 => MicroOpCode.Bltu,
        7 => MicroOpCode.Bgeu,
        _ => MicroOpCode.Illegal,
    };

    private static MicroOpCode DecodeAtomic(uint instruction, uint function3)
    {
        if (function3 is not (2 or 3))
            return MicroOpCode.Illegal;
        uint function5 = instruction >> 27;
        bool defined = function5 switch
        {
            2 => ((instruction >> 20) & 31) == 0,
            0 or 1 or 3 or 4 or 8 or 12 or 16 or 20 or 24 or 28 => true,
            _ => false,
        };
        return defined ? MicroOpCode.Amo : MicroOpCode.Illegal;
    }

    private static MicroOpCode DecodeSystem(uint instruction, uint function3)
    {
        if (function3 is not (0 or 4))
            return MicroOpCode.Csr;
        if ((instruction & 0xFE00_7FFF) == 0x1200_0073)
            return MicroOpCode.SfenceVma;
        return instruction switch
        {
            0x0000_0073 => MicroOpCode.Ecall,
            0x0010_0073 => MicroOpCode.Ebreak,
            0x3020_0073 => MicroOpCode.Mret,
            0x1020_0073 => MicroOpCode.Sret,
            0x1050_0073 => MicroOpCode.Wfi,
            _ => MicroOpCode.Illegal,
        };
    }
}
