namespace Engine.Tests.Emulator.Cpu;

/// <summary>Assembles single instructions. Registers are numbers, offsets are relative to the instruction.</summary>
internal static class Asm
{
    public const uint Ecall = 0x0000_0073;
    public const uint Ebreak = 0x0010_0073;
    public const uint Mret = 0x3020_0073;
    public const uint Sret = 0x1020_0073;
    public const uint Wfi = 0x1050_0073;
    public const uint FenceI = 0x0000_100F;
    public const uint SfenceVma = 0x1200_0073;
    public const uint Nop = 0x0000_0013;

    /// <summary>A jump to itself.</summary>
    public const uint Spin = 0x0000_006F;

    public static uint Addi(int rd, int rs1, int imm) => I(0x13, 0, rd, rs1, imm);

    public static uint Andi(int rd, int rs1, int imm) => I(0x13, 7, rd, rs1, imm);

    public static uint Slli(int rd, int rs1, int shift) => I(0x13, 1, rd, rs1, shift);

    public static uint Lui(int rd, int imm20) => ((uint)imm20 << 12) | ((uint)rd << 7) | 0x37;

    public static uint Auipc(int rd, int imm20) => ((uint)imm20 << 12) | ((uint)rd << 7) | 0x17;

    public static uint Add(int rd, int rs1, int rs2) => R(0x33, 0, 0, rd, rs1, rs2);

    public static uint R(uint opcode, uint function3, uint function7, int rd, int rs1, int rs2) =>
        (function7 << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (function3 << 12) | ((uint)rd << 7) | opcode;

    public static uint Load(uint function3, int rd, int rs1, int imm) => I(0x03, function3, rd, rs1, imm);

    public static uint Ld(int rd, int rs1, int imm = 0) => Load(3, rd, rs1, imm);

    public static uint Lw(int rd, int rs1, int imm = 0) => Load(2, rd, rs1, imm);

    public static uint Store(uint function3, int rs2, int rs1, int imm) =>
        ((uint)(imm >> 5) << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15) | (function3 << 12) | (((uint)imm & 31) << 7) | 0x23;

    public static uint Sd(int rs2, int rs1, int imm = 0) => Store(3, rs2, rs1, imm);

    public static uint Sw(int rs2, int rs1, int imm = 0) => Store(2, rs2, rs1, imm);

    public static uint Branch(uint function3, int rs1, int rs2, int offset)
    {
        var bits = (uint)offset;
        return ((bits >> 12) << 31) | (((bits >> 5) & 63) << 25) | ((uint)rs2 << 20) | ((uint)rs1 << 15)
            | (function3 << 12) | (((bits >> 1) & 15) << 8) | (((bits >> 11) & 1) << 7) | 0x63;
    }

    public static uint Blt(int rs1, int rs2, int offset) => Branch(4, rs1, rs2, offset);

    public static uint Bne(int rs1, int rs2, int offset) => Branch(1, rs1, rs2, offset);

    public static uint Jal(int rd, int offset)
    {
        var bits = (uint)offset;
        return (((bits >> 20) & 1) << 31) | (((bits >> 1) & 0x3FF) << 21) | (((bits >> 11) & 1) << 20)
            | (((bits >> 12) & 0xFF) << 12) | ((uint)rd << 7) | 0x6F;
    }

    public static uint Jalr(int rd, int rs1, int imm = 0) => I(0x67, 0, rd, rs1, imm);

    public static uint Csrrw(int rd, int csr, int rs1) => I(0x73, 1, rd, rs1, csr);

    public static uint Csrrs(int rd, int csr, int rs1) => I(0x73, 2, rd, rs1, csr);

    public static uint Csrrwi(int rd, int csr, int value) => I(0x73, 5, rd, value, csr);

    public static uint Amo(uint function5, uint width, int rd, int rs1, int rs2) =>
        R(0x2F, width, function5 << 2, rd, rs1, rs2);

    private static uint I(uint opcode, uint function3, int rd, int rs1, int imm) =>
        ((uint)imm << 20) | ((uint)rs1 << 15) | (function3 << 12) | ((uint)rd << 7) | opcode;
}
