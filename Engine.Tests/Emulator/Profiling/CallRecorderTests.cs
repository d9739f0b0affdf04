using System.Text;
using Engine.Emulator.Cpu;
using Engine.Emulator.Profiling;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Profiling;

/// <summary>Small programs whose instructions by call stack are known.</summary>
public sealed class CallRecorderTests
{
    private const int Zero = 0;
    private const int Ra = 1;
    private const int Sp = 2;
    private const int T0 = 5;
    private const int A0 = 10;
    private const int A1 = 11;

    [Test]
    public void Calls_and_returns_nest()
    {
        string folded = Profile(
            instructions: 9,
            Asm.Jal(Ra, 12), // 00: call 0c
            Asm.Nop,         // 04: main again
            Asm.Spin,        // 08
            Asm.Addi(T0, Ra, 0), // 0c: f
            Asm.Jal(Ra, 8),  // 10: call 18
            Asm.Jalr(Zero, T0), // 14: return through the alternate link register
            Asm.Nop,         // 18: g
            Asm.Jalr(Zero, Ra)); // 1c
        Assert.That(folded, Is.EqualTo("0 4\n0;c 3\n0;c;18 2\n"));
        Assert.That(Sum(folded), Is.EqualTo(9));
    }

    [Test]
    public void Recursion_is_a_stack_of_its_own_for_each_depth()
    {
        string folded = Profile(
            instructions: 2 + (4 * 3) + 2 + 3,
            Asm.Addi(A0, Zero, 3),       // 00
            Asm.Jal(Ra, 8),              // 04: call 0c
            Asm.Spin,                    // 08
            Asm.Branch(0, A0, Zero, 28), // 0c: f: beqz a0, 28
            Asm.Addi(Sp, Sp, -16),       // 10
            Asm.Sd(Ra, Sp),              // 14
            Asm.Addi(A0, A0, -1),        // 18
            Asm.Jal(Ra, -16),            // 1c: call 0c
            Asm.Ld(Ra, Sp),              // 20
            Asm.Addi(Sp, Sp, 16),        // 24
            Asm.Jalr(Zero, Ra));         // 28
        Assert.That(folded, Does.Contain("0;c;c;c;c "));
        Assert.That(folded, Does.Not.Contain("0;c;c;c;c;c"));
    }

    [Test]
    public void A_trap_is_on_top_of_what_it_interrupts_until_it_returns()
    {
        using var machine = new TestMachine([Asm.Jal(Ra, 8), Asm.Spin, Asm.Ecall, Asm.Nop, Asm.Jalr(Zero, Ra)]);
        machine.Write(TestMachine.MachineVector,
        [
            Asm.Csrrs(T0, 0x341, 0), Asm.Addi(T0, T0, 4), Asm.Csrrw(0, 0x341, T0), Asm.Mret,
        ]);
        var calls = new CallRecorder(null);
        machine.Hart.Calls = calls;
        machine.Run(1 + 4 + 2 + 1);
        Assert.That(Folded(calls), Is.EqualTo("0 2\n0;8 2\n0;8;3000 4\n"));
    }

    [Test]
    public void Threads_that_switch_by_returning_keep_their_stacks()
    {
        // Two threads call switch, which swaps ra and sp with those of the other: the second begins at 40.
        uint[] program =
        [
            Asm.Jal(Ra, 8),         // 00: call 08
            Asm.Spin,               // 04
            Asm.Addi(T0, Ra, 0),    // 08: first
            Asm.Jal(Ra, 0x54),      // 0c: switch
            Asm.Jal(Ra, 0x50),      // 10: switch
            Asm.Jal(Ra, 0x4C),      // 14: switch
            Asm.Nop,                // 18
            Asm.Jalr(Zero, T0),     // 1c
            Asm.Nop, Asm.Nop, Asm.Nop, Asm.Nop, Asm.Nop, Asm.Nop, Asm.Nop, Asm.Nop,
            Asm.Jal(Ra, 8),         // 40: second: call 48
            Asm.Spin,               // 44
            Asm.Jal(Ra, 0x18),      // 48: switch
            Asm.Jal(Ra, 0x14),      // 4c: switch
            Asm.Jal(Ra, 0x10),      // 50: switch
            Asm.Spin, Asm.Nop, Asm.Nop,
            Asm.Addi(6, Ra, 0),     // 60: switch: t1 = ra, t2 = sp
            Asm.Addi(7, Sp, 0),     // 64
            Asm.Addi(Ra, A0, 0),    // 68
            Asm.Addi(Sp, A1, 0),    // 6c
            Asm.Addi(A0, 6, 0),     // 70
            Asm.Addi(A1, 7, 0),     // 74
            Asm.Jalr(Zero, Ra),     // 78
        ];
        using var machine = new TestMachine(program);
        machine[A0] = TestMachine.Code + 0x40;
        machine[A1] = 0x9000;
        machine[Sp] = 0x8000;
        var calls = new CallRecorder(null);
        machine.Hart.Calls = calls;
        machine.Run(2 + 1 + 7 + 2 + 7 + 1 + 7 + 1 + 7 + 1 + 7 + 1 + 7 + 2 + 1);
        string folded = Folded(calls);
        Assert.Multiple(() =>
        {
            Assert.That(folded, Does.Contain("0;8 6\n"), "the first thread's function");
            Assert.That(folded, Does.Contain("0;8;60 21\n"), "and its three switches");
            Assert.That(folded, Does.Contain("\n40 1\n").And.Contain("40;48 3\n"), "the second thread");
            Assert.That(folded, Does.Contain("40;48;60 21\n"));
            Assert.That(folded.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(6));
        });
    }

    [Test]
    public void Endless_calls_are_counted_in_bounded_memory()
    {
        using var machine = new TestMachine([Asm.Addi(A0, A0, 1), Asm.Jal(Ra, -4)]);
        var calls = new CallRecorder(null);
        machine.Hart.Calls = calls;
        machine.Run(3_000_000);
        Assert.That(new CallProfile([calls.Root], Name).TotalInstructions, Is.EqualTo(3_000_000));
    }

    private static string Profile(ulong instructions, params uint[] program)
    {
        using var machine = new TestMachine(program);
        machine[Sp] = TestMachine.Data + 0x800;
        var calls = new CallRecorder(null);
        machine.Hart.Calls = calls;
        machine.Run(instructions);
        string folded = Folded(calls);
        Assert.That(Sum(folded), Is.EqualTo(instructions));
        return folded;
    }

    private static string Folded(CallRecorder calls)
    {
        using var stream = new MemoryStream();
        new CallProfile([calls.Root], Name).WriteFolded(stream);
        IEnumerable<string> lines = Encoding.UTF8.GetString(stream.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
        return string.Concat(lines.Select(static line => line + "\n"));
    }

    private static ulong Sum(string folded) => folded.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(0UL, static (sum, line) => sum + ulong.Parse(line[(line.LastIndexOf(' ') + 1)..]));

    private static string Name(ulong address) => (address - TestMachine.Code).ToString("x");
}
