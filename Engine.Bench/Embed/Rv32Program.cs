namespace Engine.Bench.Embed;

/// <summary>
/// The program that the small interpreter runs: a checksum over a block of memory, over and over, with a call of the
/// environment after each pass.
/// </summary>
internal static class Rv32Program
{
    /// <summary>Where the block lies that the program reads and writes.</summary>
    public const uint DataAddress = 0x1000;

    private const uint WordsPerPass = 64;

    /// <summary>Instructions from one call of the environment to the next.</summary>
    public const long InstructionsPerPass = (WordsPerPass * 9) + 4;

    // Registers: a0 sum, a1 pointer, a2 end, a3 word, a4 and a5 scratch.
    private const uint Sum = 10, Pointer = 11, End = 12, Word = 13, Scratch = 14, Bits = 15;

    /// <summary>The instructions, to be loaded at address 0.</summary>
    public static readonly uint[] Instructions =
    [
        Lui(Pointer, DataAddress),
        AddImmediate(End, Pointer, WordsPerPass * 4),
        // 8: one word
        Load(Word, Pointer, 0),
        Xor(Sum, Sum, Word),
        ShiftLeft(Scratch, Sum, 5),
        ShiftRight(Bits, Sum, 27),
        Or(Sum, Scratch, Bits),
        AddImmediate(Word, Sum, 1),
        Store(Word, Pointer, 0),
        AddImmediate(Pointer, Pointer, 4),
        BranchIfBelow(Pointer, End, from: 40, to: 8),
        EnvironmentCall,
        Jump(from: 48, to: 0),
    ];

    private const uint EnvironmentCall = 0x0000_0073;

    private static uint Lui(uint rd, uint value) => (value & 0xFFFF_F000) | (rd << 7) | 0x37;

    private static uint AddImmediate(uint rd, uint rs, uint value) => (value << 20) | (rs << 15) | (rd << 7) | 0x13;

    private static uint ShiftLeft(uint rd, uint rs, uint by) => (by << 20) | (rs << 15) | (1 << 12) | (rd << 7) | 0x13;

    private static uint ShiftRight(uint rd, uint rs, uint by) => (by << 20) | (rs << 15) | (5 << 12) | (rd << 7) | 0x13;

    private static uint Xor(uint rd, uint left, uint right) => (right << 20) | (left << 15) | (4 << 12) | (rd << 7) | 0x33;

    private static uint Or(uint rd, uint left, uint right) => (right << 20) | (left << 15) | (6 << 12) | (rd << 7) | 0x33;

    private static uint Load(uint rd, uint at, uint offset) => (offset << 20) | (at << 15) | (2 << 12) | (rd << 7) | 0x03;

    private static uint Store(uint rs, uint at, uint offset) =>
        ((offset >> 5) << 25) | (rs << 20) | (at << 15) | (2 << 12) | ((offset & 31) << 7) | 0x23;

    private static uint BranchIfBelow(uint left, uint right, uint from, uint to)
    {
        uint by = to - from;
        return (((by >> 12) & 1) << 31) | (((by >> 5) & 0x3F) << 25) | (right << 20) | (left << 15) | (6 << 12)
            | (((by >> 1) & 0xF) << 8) | (((by >> 11) & 1) << 7) | 0x63;
    }

    private static uint Jump(uint from, uint to)
    {
        uint by = to - from;
        return (((by >> 20) & 1) << 31) | (((by >> 1) & 0x3FF) << 21) | (((by >> 11) & 1) << 20) | (((by >> 12) & 0xFF) << 12) | 0x6F;
    }
}
