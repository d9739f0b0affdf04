namespace Engine.Emulator.Cpu;

/// <summary>What a <see cref="MicroOp"/> does. Dense, so that the interpreter's switch becomes one jump table.</summary>
internal enum MicroOpCode : byte
{
    /// <summary>End of a block that does not end in a control transfer; stands for no instruction.</summary>
    EndOfBlock,
    Nop, Li, Mv, Auipc,
    Addi, Slti, Sltiu, Xori, Ori, Andi, Slli, Srli, Srai,
    Addiw, Slliw, Srliw, Sraiw,
    Add, Sub, Sll, Slt, Sltu, Xor, Srl, Sra, Or, And,
    Addw, Subw, Sllw, Srlw, Sraw,
    Mul, Mulh, Mulhsu, Mulhu, Div, Divu, Rem, Remu,
    Mulw, Divw, Divuw, Remw, Remuw,
    Lb, Lh, Lw, Ld, Lbu, Lhu, Lwu,
    Sb, Sh, Sw, Sd,
    Beq, Bne, Blt, Bge, Bltu, Bgeu,
    Jal, Jalr,
    Amo, Csr,
    Ecall, Ebreak, Mret, Sret, Wfi, FenceI, SfenceVma,

    /// <summary>A debugger's breakpoint in place of an instruction.</summary>
    Breakpoint,
    Illegal,

    // Behind the codes that end a block.
    Flw, Fld, Fsw, Fsd, Float,

    /// <summary>FENCE, where it is not a <see cref="Nop"/>.</summary>
    Fence,
}
