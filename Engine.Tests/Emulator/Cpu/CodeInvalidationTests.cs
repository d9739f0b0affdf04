namespace Engine.Tests.Emulator.Cpu;

public sealed class CodeInvalidationTests
{
    [Test]
    public void Store_into_the_running_block_takes_effect_at_once()
    {
        // The third instruction is replaced by the first before it runs.
        using var machine = new TestMachine([Asm.Sw(2, 1, 8), Asm.Nop, Asm.Addi(3, 0, 1), Asm.Nop]);
        machine[1] = TestMachine.Code;
        machine[2] = Asm.Addi(3, 0, 2);
        machine.Run(4);
        Assert.That(machine[3], Is.EqualTo(2));
    }

    [Test]
    public void Loop_that_rewrites_itself_sees_every_version()
    {
        // x3 += immediate; then the immediate of that instruction is increased by one.
        uint[] program =
        [
            Asm.Addi(3, 3, 0),
            Asm.Add(2, 2, 4),
            Asm.Sw(2, 1),
            Asm.FenceI,
            Asm.Addi(5, 5, -1),
            Asm.Bne(5, 0, -20),
        ];
        using var machine = new TestMachine(program);
        machine[1] = TestMachine.Code;
        machine[2] = program[0];
        machine[4] = 1 << 20;
        machine[5] = 100;
        machine.Run(600);
        Assert.That(machine[3], Is.EqualTo(99 * 100 / 2));
    }

    [Test]
    public void Store_to_another_page_of_code_takes_effect()
    {
        uint[] program = [Asm.Jalr(6, 1), Asm.Sw(2, 1), Asm.FenceI, Asm.Jalr(6, 1), Asm.Spin];
        using var machine = new TestMachine(program);
        machine.Write(TestMachine.Data, [Asm.Addi(3, 3, 1), Asm.Jalr(0, 6)]);
        machine[1] = TestMachine.Data;
        machine[2] = Asm.Addi(3, 3, 10);
        machine.Run(8);
        Assert.That(machine[3], Is.EqualTo(11));
    }

    [Test]
    public void Second_half_of_a_straddling_instruction_can_be_rewritten()
    {
        uint before = Asm.Addi(3, 3, 1);
        uint after = Asm.Addi(3, 3, 0x101);
        uint[] program = [Asm.Jalr(6, 1), Asm.Store(1, 2, 4, 0), Asm.FenceI, Asm.Jalr(6, 1), Asm.Spin];
        using var machine = new TestMachine(program);
        machine.Write(TestMachine.Data + 0xFF8, (ulong)(ushort)before << 48);
        ulong jump = Asm.Jalr(0, 6);
        machine.Write(TestMachine.Data + 0x1000, (before >> 16) | (jump << 16));
        machine[1] = TestMachine.Data + 0xFFE;
        machine[2] = after >> 16;
        machine[4] = TestMachine.Data + 0x1000;
        machine.Run(8);
        Assert.That(machine[3], Is.EqualTo(0x102));
    }

    [Test]
    public void Host_write_replaces_decoded_code()
    {
        using var machine = new TestMachine([Asm.Addi(3, 3, 1), Asm.Jal(0, -4)]);
        machine.Run(10);
        machine.Write(TestMachine.Code, [Asm.Addi(3, 3, 100)]);
        machine.Run(2);
        Assert.That(machine[3], Is.EqualTo(105));
    }

    [Test]
    public void Data_next_to_code_can_be_written_without_harm()
    {
        using var machine = new TestMachine([Asm.Sd(3, 1), Asm.Addi(3, 3, 1), Asm.Bne(3, 4, -8), Asm.Nop]);
        machine[1] = TestMachine.Code + 0x800;
        machine[4] = 1000;
        machine.Run(3000);
        Assert.That(machine.Read(TestMachine.Code + 0x800), Is.EqualTo(999));
    }
}
