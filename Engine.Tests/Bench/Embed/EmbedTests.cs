using Engine.Bench.Embed;

namespace Engine.Tests.Bench.Embed;

/// <summary>The small interpreter computes what its program says, and tells its hook of everything.</summary>
public class EmbedTests
{
    [Test]
    public void The_program_computes_its_checksum_and_the_hook_hears_of_every_instruction_and_trap()
    {
        const int Passes = 3;
        var counts = new Counts();
        var interpreter = new Rv32Interpreter<CountingHook>(new CountingHook(counts));
        interpreter.Run(Passes * Rv32Program.InstructionsPerPass);
        Assert.Multiple(() =>
        {
            Assert.That(interpreter.Sum, Is.EqualTo(ExpectedSum(Passes)));
            Assert.That(counts.Retired, Is.EqualTo(Passes * Rv32Program.InstructionsPerPass));
            Assert.That(counts.Trapped, Is.EqualTo(Passes));
            Assert.That(counts.HasEnded, Is.True);
        });
    }

    private static uint ExpectedSum(int passes)
    {
        uint[] words = new uint[64];
        uint sum = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            foreach (ref uint word in words.AsSpan())
            {
                sum = uint.RotateLeft(sum ^ word, 5);
                word = sum + 1;
            }
        }

        return sum;
    }

    private sealed class Counts
    {
        public long Retired { get; set; }

        public long Trapped { get; set; }

        public bool HasEnded { get; set; }
    }

    private readonly struct CountingHook(Counts counts) : IEmulatorHook
    {
        public void Retired(uint pc, uint encoding) => counts.Retired++;

        public void Trapped(uint pc) => counts.Trapped++;

        public void Ended() => counts.HasEnded = true;
    }
}
