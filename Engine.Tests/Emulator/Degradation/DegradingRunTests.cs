using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Tests.Emulator.Cli;

namespace Engine.Tests.Emulator.Degradation;

/// <summary><c>run --degrade</c>, as a user runs it.</summary>
[Category("Process")]
[Parallelizable]
internal sealed class DegradingRunTests
{
    [Test]
    public void A_run_with_handlers_that_do_not_follow_adds_up()
    {
        EmulatorProcess run = EmulatorProcess.Run(
            "run", "--degrade", "--slow-handler", "vm.instruction=5", "--slow-handler", "vm.block=5", "--max-instructions", "3000000");
        Match line = Regex.Match(
            run.Output,
            @"hart 0: ([\d,]+) instructions one by one, ([\d,]+) in [\d,]+ blocks, ([\d,]+) counted, ([\d,]+) missing: ([\d,]+) retired");
        Assert.That(line.Success, run.Output + run.Error);
        long[] figures = [.. line.Groups.Values.Skip(1).Select(static group => long.Parse(
            group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Assert.Multiple(() =>
        {
            Assert.That(figures[4], Is.EqualTo(3_000_000));
            Assert.That(figures[..4].Sum(), Is.EqualTo(3_000_000));
            Assert.That(figures[2], Is.Positive, "a handler of 5 us an event does not follow");
            Assert.That(run.Output, Does.Contain("  from instruction 0: "));
        });
    }

    [Test]
    public void It_is_for_all_instructions()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--degrade", "--region", "0x80000000-0x80001000");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((
            2, "engine-emulator: --degrade: covers all instructions; leave out --region, or --degrade\n")));
    }
}
