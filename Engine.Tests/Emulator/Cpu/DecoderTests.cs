using Engine.Emulator.Cpu;

namespace Engine.Tests.Emulator.Cpu;

public sealed class DecoderTests
{
    [TestCase(0x0000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    [TestCase(0x0000_7003u, Description = "load of an undefined width")]
    [TestCase(0x0000_4023u, Description = "store of an undefined width")]
    [TestCase(0x0200_1013u | (1u << 30), Description = "slli with bit 30")]
    [TestCase(0x0000_2063u, Description = "undefined branch")]
    [TestCase(0x0000_1067u, Description = "jalr with a width")]
    [TestCase(0x1010_202Fu, Description = "lr with a second source")]
    [TestCase(0x0400_0053u, Description = "half precision")]
    [TestCase(0x0000_1007u, Description = "load of half precision")]
    [TestCase(0x4000_0053u, Description = "conversion of a format to itself")]
    public void Undefined_encodings_are_illegal(uint instruction) =>
        Assert.That(Decoder.Decode(instruction).Code, Is.EqualTo(MicroOpCode.Illegal));

    [TestCase(0x0000_0297u, nameof(MicroOpCode.Auipc))]
    [TestCase(0x0000_0013u, nameof(MicroOpCode.Nop))]
    [TestCase(0x0010_0093u, nameof(MicroOpCode.Li))]
    [TestCase(0x0001_0093u, nameof(MicroOpCode.Mv))]
    [TestCase(0x0FF0_000Fu, nameof(MicroOpCode.Nop))]
    [TestCase(0x1050_0073u, nameof(MicroOpCode.Wfi))]
    [TestCase(0x1205_0073u, nameof(MicroOpCode.SfenceVma))]
    public void Encodings_become_their_operation(uint instruction, string expected) =>
        Assert.That(Decoder.Decode(instruction).Code.ToString(), Is.EqualTo(expected));

    [Test]
    public void Writes_to_x0_go_to_the_sink()
    {
        MicroOp op = Decoder.Decode(Asm.Add(0, 1, 2));
        Assert.That(op.Rd, Is.EqualTo(HartState.SinkRegister));
    }

    [TestCase(-4096)]
    [TestCase(-2)]
    [TestCase(2048)]
    [TestCase(4094)]
    public void Branch_offsets_are_signed(int offset) =>
        Assert.That(Decoder.Decode(Asm.Bne(1, 2, offset)).Imm, Is.EqualTo(offset));

    [TestCase(-1_048_576)]
    [TestCase(-2)]
    [TestCase(0x0F_F7FE)]
    public void Jump_offsets_are_signed(int offset) =>
        Assert.That(Decoder.Decode(Asm.Jal(1, offset)).Imm, Is.EqualTo(offset));

    [TestCase(0x0505u, nameof(MicroOpCode.Addi), 10, 1, Description = "c.addi a0, 1")]
    [TestCase(0x4505u, nameof(MicroOpCode.Li), 10, 1, Description = "c.li a0, 1")]
    [TestCase(0x852Eu, nameof(MicroOpCode.Mv), 10, 0, Description = "c.mv a0, a1")]
    [TestCase(0x1141u, nameof(MicroOpCode.Addi), 2, -16, Description = "c.addi sp, -16")]
    [TestCase(0x7179u, nameof(MicroOpCode.Addi), 2, -48, Description = "c.addi16sp -48")]
    [TestCase(0x60A2u, nameof(MicroOpCode.Ld), 1, 8, Description = "c.ldsp ra, 8")]
    [TestCase(0x8D89u, nameof(MicroOpCode.Sub), 11, 0, Description = "c.sub a1, a0")]
    public void Compressed_encodings_expand(uint instruction, string expected, int rd, int immediate)
    {
        MicroOp op = Decoder.Decode(CompressedExpander.Expand(instruction));
        Assert.Multiple(() =>
        {
            Assert.That(op.Code.ToString(), Is.EqualTo(expected));
            Assert.That(op.Rd, Is.EqualTo(rd));
            if (op.Code is not (MicroOpCode.Mv or MicroOpCode.Sub))
                Assert.That(op.Imm, Is.EqualTo(immediate));
        });
    }

    [Test]
    public void Every_compressed_encoding_expands_to_a_long_one()
    {
        for (uint instruction = 0; instruction <= 0xFFFF; instruction++)
        {
            uint expanded = CompressedExpander.Expand(instruction);
            if (expanded == CompressedExpander.Illegal)
                continue;
            bool isLegal = (expanded & 3) == 3 && Decoder.Decode(expanded).Code != MicroOpCode.Illegal;
            Assert.That(isLegal, Is.True, $"0x{instruction:x4} became 0x{expanded:x8}");
        }
    }
}
