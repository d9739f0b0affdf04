namespace Engine.Emulator.Cpu;

/// <summary>Expands RV64C encodings to their 32-bit equivalents.</summary>
internal static class CompressedExpander
{
    /// <summary>What an undefined encoding expands to: an encoding that is illegal itself.</summary>
    public const uint Illegal = 0;

    private const uint Load = 0x03;
    private const uint FloatLoad = 0x07;
    private const uint OpImm = 0x13;
    private const uint OpImmWord = 0x1B;
    private const uint Store = 0x23;
    private const uint FloatStore = 0x27;
    private const uint Op = 0x33;
    private const uint OpWord = 0x3B;
    private const uint Jalr = 0x67;

    /// <summary>Expands one instruction.</summary>
    public static uint Expand(uint instruction) => (instruction & 3) switch
    {
        0 => ExpandQuadrant0(instruction),
        1 => ExpandQuadrant1(instruction),
        2 => ExpandQuadrant2(instruction),
        _ => Illegal,
    };

    private static uint ExpandQuadrant0(uint i)
    {
        uint low = Bits(i, 2, 3) + 8;
        uint high = Bits(i, 7, 3) + 8;
        uint word = (Bits(i, 10, 3) << 3) | (Bits(i, 6, 1) << 2) | (Bits(i, 5, 1) << 6);
        uint doubleword = (Bits(i, 10, 3) << 3) | (Bits(i, 5, 2) << 6);
        switch (i >> 13)
        {
            case 0:
                uint offset = (Bits(i, 11, 2) << 4) | (Bits(i, 7, 4) << 6) | (Bits(i, 6, 1) << 2) | (Bits(i, 5, 1) << 3);
                return offset == 0 ? Illegal : IType(OpImm, 0, low, 2, offset);
            case 1:
                return IType(FloatLoad, 3, low, high, doubleword);
            case 2:
                return IType(Load, 2, low, high, word);
            case 3:
                return IType(Load, 3, low, high, doubleword);
            case 5:
                return SType(FloatStore, 3, high, low, doubleword);
            case 6:
                return SType(Store, 2, high, low, word);
            case 7:
                return SType(Store, 3, high, low, doubleword);
            default:
                return Illegal;
        }
    }

    private static uint ExpandQuadrant1(uint i)
    {
        uint rd = Bits(i, 7, 5);
        uint immediate = SignExtend((Bits(i, 12, 1) << 5) | Bits(i, 2, 5), 6);
        switch (i >> 13)
        {
            case 0:
                return IType(OpImm, 0, rd, rd, immediate);
            case 1:
                return rd == 0 ? Illegal : IType(OpImmWord, 0, rd, rd, immediate);
            case 2:
                return IType(OpImm, 0, rd, 0, immediate);
            case 3:
                return rd == 2 ? ExpandAddStack(i) : immediate == 0 ? Illegal : (immediate << 12) | (rd << 7) | 0x37;
            case 4:
                return ExpandArithmetic(i, immediate);
            case 5:
                return ExpandJump(i);
            default:
                uint offset = SignExtend(
                    (Bits(i, 12, 1) << 8) | (Bits(i, 10, 2) << 3) | (Bits(i, 5, 2) << 6) | (Bits(i, 3, 2) << 1) | (Bits(i, 2, 1) << 5), 9);
                return BType((i >> 13) - 6, Bits(i, 7, 3) + 8, offset);
        }
    }

    private static uint ExpandAddStack(uint i)
    {
        uint immediate = SignExtend(
            (Bits(i, 12, 1) << 9) | (Bits(i, 6, 1) << 4) | (Bits(i, 5, 1) << 6) | (Bits(i, 3, 2) << 7) | (Bits(i, 2, 1) << 5), 10);
        return immediate == 0 ? Illegal : IType(OpImm, 0, 2, 2, immediate);
    }

    private static uint ExpandArithmetic(uint i, uint immediate)
    {
        uint rd = Bits(i, 7, 3) + 8;
        uint rs2 = Bits(i, 2, 3) + 8;
        switch (Bits(i, 10, 2))
        {
            case 0:
                return IType(OpImm, 5, rd, rd, immediate & 63);
            case 1:
                return IType(OpImm, 5, rd, rd, (immediate & 63) | 0x400);
            case 2:
                return IType(OpImm, 7, rd, rd, immediate);
            default:
                return ((Bits(i, 12, 1) << 2) | Bits(i, 5, 2)) switch
                {
                    0 => RType(Op, 0, 0x20, rd, rd, rs2),
                    1 => RType(Op, 4, 0, rd, rd, rs2),
                    2 => RType(Op, 6, 0, rd, rd, rs2),
                    3 => RType(Op, 7, 0, rd, rd, rs2),
                    4 => RType(OpWord, 0, 0x20, rd, rd, rs2),
                    5 => RType(OpWord, 0, 0, rd, rd, rs2),
                    _ => Illegal,
                };
        }
    }

    private static uint ExpandJump(uint i)
    {
        uint offset = SignExtend(
            (Bits(i, 12, 1) << 11) | (Bits(i, 11, 1) << 4) | (Bits(i, 9, 2) << 8) | (Bits(i, 8, 1) << 10)
            | (Bits(i, 7, 1) << 6) | (Bits(i, 6, 1) << 7) | (Bits(i, 3, 3) << 1) | (Bits(i, 2, 1) << 5), 12);
        return (Bits(offset, 20, 1) << 31) | (Bits(offset, 1, 10) << 21) | (Bits(offset, 11, 1) << 20)
            | (Bits(offset, 12, 8) << 12) | 0x6F;
    }

    private static uint ExpandQuadrant2(uint i)
    {
        uint rd = Bits(i, 7, 5);
        uint rs2 = Bits(i, 2, 5);
        uint doubleword = (Bits(i, 12, 1) << 5) | (Bits(i, 5, 2) << 3) | (Bits(i, 2, 3) << 6);
        uint storedDoubleword = (Bits(i, 10, 3) << 3) | (Bits(i, 7, 3) << 6);
        switch (i >> 13)
        {
            case 0:
                return IType(OpImm, 1, rd, rd, (Bits(i, 12, 1) << 5) | rs2);
            case 1:
                return IType(FloatLoad, 3, rd, 2, doubleword);
            case 2:
                uint word = (Bits(i, 12, 1) << 5) | (Bits(i, 4, 3) << 2) | (Bits(i, 2, 2) << 6);
                return rd == 0 ? Illegal : IType(Load, 2, rd, 2, word);
            case 3:
                return rd == 0 ? Illegal : IType(Load, 3, rd, 2, doubleword);
            case 4:
                return ExpandJumpRegisterOrAdd(i, rd, rs2);
            case 5:
                return SType(FloatStore, 3, 2, rs2, storedDoubleword);
            case 6:
                return SType(Store, 2, 2, rs2, (Bits(i, 9, 4) << 2) | (Bits(i, 7, 2) << 6));
            case 7:
                return SType(Store, 3, 2, rs2, storedDoubleword);
            default:
                return Illegal;
        }
    }

    private static uint ExpandJumpRegisterOrAdd(uint i, uint rd, uint rs2)
    {
        bool high = Bits(i, 12, 1) != 0;
        if (rs2 != 0)
            return RType(Op, 0, 0, rd, high ? rd : 0, rs2);
        if (rd == 0)
            return high ? 0x0010_0073 : Illegal;
        return IType(Jalr, 0, high ? 1u : 0, rd, 0);
    }

    private static uint Bits(uint value, int start, int count) => (value >> start) & ((1u << count) - 1);

    private static uint SignExtend(uint value, int bits) => (uint)((int)(value << (32 - bits)) >> (32 - bits));

    private static uint IType(uint opcode, uint function3, uint rd, uint rs1, uint immediate) =>
        (immediate << 20) | (rs1 << 15) | (function3 << 12) | (rd << 7) | opcode;

    private static uint RType(uint opcode, uint function3, uint function7, uint rd, uint rs1, uint rs2) =>
        (function7 << 25) | (rs2 << 20) | (rs1 << 15) | (function3 << 12) | (rd << 7) | opcode;

    private static uint SType(uint opcode, uint function3, uint rs1, uint rs2, uint immediate) =>
        (Bits(immediate, 5, 7) << 25) | (rs2 << 20) | (rs1 << 15) | (function3 << 12) | (Bits(immediate, 0, 5) << 7) | opcode;

    private static uint BType(uint function3, uint rs1, uint offset) =>
        (Bits(offset, 12, 1) << 31) | (Bits(offset, 5, 6) << 25) | (rs1 << 15) | (function3 << 12)
        | (Bits(offset, 1, 4) << 8) | (Bits(offset, 11, 1) << 7) | 0x63;
}
