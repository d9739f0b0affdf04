using System.Runtime.InteropServices;

namespace Engine.Emulator.Cpu;

/// <summary>One decoded instruction. 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct MicroOp
{
    /// <summary>What the interpreter dispatches on; a fused code stands for this instruction and the next.</summary>
    public MicroOpCode Code;

    /// <summary>Destination register; the sink instead of x0.</summary>
    public byte Rd;

    /// <summary>First source register.</summary>
    public byte Rs1;

    /// <summary>Second source register.</summary>
    public byte Rs2;

    /// <summary>Immediate; for branches and jumps the target's offset from the start of the block.</summary>
    public int Imm;

    /// <summary>Byte offset of the instruction from the start of the block.</summary>
    public ushort PcOffset;

    /// <summary>Bytes of the encoding: 2 or 4.</summary>
    public byte Length;

    /// <summary>The code of this instruction alone.</summary>
    public MicroOpCode PlainCode;

    /// <summary>The encoding; a compressed instruction is in the low 16 bits.</summary>
    public uint Raw;
}
