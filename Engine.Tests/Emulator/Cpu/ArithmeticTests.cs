namespace Engine.Tests.Emulator.Cpu;

public sealed class ArithmeticTests
{
    private const uint Op = 0x33;
    private const uint OpWord = 0x3B;
    private const ulong Minimum = 1UL << 63;
    private const ulong MinimumWord = 0xFFFF_FFFF_8000_0000;

    [TestCase(Op, 0u, 0u, 1UL, ulong.MaxValue, 0UL, Description = "add wraps")]
    [TestCase(Op, 0u, 0x20u, 0UL, 1UL, ulong.MaxValue, Description = "sub")]
    [TestCase(Op, 1u, 0u, 1UL, 65UL, 2UL, Description = "sll uses six bits")]
    [TestCase(Op, 2u, 0u, ulong.MaxValue, 0UL, 1UL, Description = "slt is signed")]
    [TestCase(Op, 3u, 0u, ulong.MaxValue, 0UL, 0UL, Description = "sltu is not")]
    [TestCase(Op, 5u, 0x20u, Minimum, 63UL, ulong.MaxValue, Description = "sra")]
    [TestCase(OpWord, 0u, 0u, 0x7FFF_FFFFUL, 1UL, MinimumWord, Description = "addw sign-extends")]
    [TestCase(OpWord, 5u, 0u, ulong.MaxValue, 0UL, ulong.MaxValue, Description = "srlw of 32 ones by 0")]
    [TestCase(OpWord, 1u, 0u, 1UL, 63UL, MinimumWord, Description = "sllw uses five bits")]
    [TestCase(Op, 0u, 1u, 3UL, ulong.MaxValue, ulong.MaxValue - 2, Description = "mul")]
    [TestCase(Op, 1u, 1u, ulong.MaxValue, ulong.MaxValue, 0UL, Description = "mulh")]
    [TestCase(Op, 2u, 1u, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, Description = "mulhsu")]
    [TestCase(Op, 3u, 1u, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue - 1, Description = "mulhu")]
    [TestCase(Op, 4u, 1u, 5UL, 0UL, ulong.MaxValue, Description = "div by zero")]
    [TestCase(Op, 4u, 1u, Minimum, ulong.MaxValue, Minimum, Description = "div overflow")]
    [TestCase(Op, 5u, 1u, 5UL, 0UL, ulong.MaxValue, Description = "divu by zero")]
    [TestCase(Op, 6u, 1u, 5UL, 0UL, 5UL, Description = "rem by zero")]
    [TestCase(Op, 6u, 1u, Minimum, ulong.MaxValue, 0UL, Description = "rem overflow")]
    [TestCase(Op, 6u, 1u, ulong.MaxValue - 6, 4UL, ulong.MaxValue - 2, Description = "rem takes the dividend's sign")]
    [TestCase(Op, 7u, 1u, 7UL, 4UL, 3UL, Description = "remu")]
    [TestCase(OpWord, 4u, 1u, MinimumWord, ulong.MaxValue, MinimumWord, Description = "divw overflow")]
    [TestCase(OpWord, 5u, 1u, 0xFFFF_FFFFUL, 1UL, ulong.MaxValue, Description = "divuw sign-extends")]
    [TestCase(OpWord, 6u, 1u, MinimumWord, ulong.MaxValue, 0UL, Description = "remw overflow")]
    [TestCase(OpWord, 7u, 1u, 0x8000_0001UL, 0UL, 0xFFFF_FFFF_8000_0001, Description = "remuw by zero")]
    public void Register_operations(uint opcode, uint function3, uint function7, ulong left, ulong right, ulong expected)
    {
        using var machine = new TestMachine([Asm.R(opcode, function3, function7, 3, 1, 2)]);
        machine[1] = left;
        machine[2] = right;
        machine.Run(1);
        Assert.That(machine[3], Is.EqualTo(expected));
    }

    [Test]
    public void X0_stays_zero()
    {
        using var machine = new TestMachine([Asm.Addi(0, 0, 5), Asm.Auipc(0, 1), Asm.Jal(0, 4), Asm.Add(1, 0, 0)]);
        machine[1] = 7;
        machine.Run(4);
        Assert.That(machine[1], Is.Zero);
    }

    [Test]
    public void Auipc_adds_to_its_own_address()
    {
        using var machine = new TestMachine([Asm.Nop, Asm.Auipc(1, 0x80000)]);
        machine.Run(2);
        Assert.That(machine[1], Is.EqualTo(TestMachine.Code + 4 - 0x8000_0000));
    }

    [Test]
    public void Jalr_reads_its_source_before_it_writes_the_link()
    {
        using var machine = new TestMachine([Asm.Addi(1, 1, 13), Asm.Jalr(1, 1), Asm.Nop, Asm.Addi(2, 0, 9)]);
        machine[1] = TestMachine.Code;
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine[1], Is.EqualTo(TestMachine.Code + 8));
            Assert.That(machine[2], Is.EqualTo(9));
        });
    }
}
