using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Engine.Emulator;
using Engine.Emulator.Cpu;
using Engine.Emulator.Profiling;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Emulator.Harts;

namespace Engine.Tests.Emulator.Profiling;

/// <summary>Profile and trace of a guest that uses several harts, added up again from their bytes.</summary>
public sealed class HartPictureTests
{
    private const int Harts = 3;
    private const ulong NanosecondsPerInstruction = 10;

    [Test]
    public void Every_hart_has_its_tracks_and_its_counts([Values] HartScheduling scheduling)
    {
        using VirtBoard board = HartsGuest.Boot(new MachineOptions { HartCount = Harts, Scheduling = scheduling }, rounds: 2);
        var run = new PicturedRun(board.Machine);
        var speedscope = JsonDocument.Parse(run.Speedscope);
        SpeedscopeSchema.Check(speedscope.RootElement);
        Assert.That(run.Profile.TotalInstructions, Is.EqualTo(run.Machine.RetiredInstructions));
        for (int hart = 0; hart < Harts; hart++)
        {
            Hart of = run.Machine.Cpus[hart].Hart;
            JsonElement profile = speedscope.RootElement.GetProperty("profiles")[hart];
            Assert.That(profile.GetProperty("name").GetString(), Is.EqualTo($"retired instructions of hart {hart}"));
            Assert.That(profile.GetProperty("endValue").GetUInt64(), Is.EqualTo(of.Retired).And.Positive);
            Assert.That(run.Trace.Track($"hart {hart}: retired instructions")[^1].Value, Is.EqualTo(of.Retired));
            Assert.That(run.Trace.Track($"hart {hart}: exceptions")[^1].Value, Is.EqualTo(Sum(of.Statistics.Exceptions)));
            Assert.That(run.Trace.Track($"hart {hart}: interrupts")[^1].Value, Is.EqualTo(Sum(of.Statistics.Interrupts)));
            Assert.That(run.Trace.Slices($"hart {hart}: functions"), Is.Not.Empty);
            CheckModes(run.Trace, hart, of);
        }
    }

    [Test]
    public void Every_hart_has_its_traps([Values] HartScheduling scheduling)
    {
        using var machine = new Machine(new MachineOptions { HartCount = Harts, Scheduling = scheduling, RamSize = 1 << 20 });
        uint[] program = [Asm.Ecall, Asm.Jal(0, -4)];
        uint[] handler = [Asm.Csrrs(5, 0x341, 0), Asm.Addi(5, 5, 4), Asm.Csrrw(0, 0x341, 5), Asm.Mret];
        machine.Memory.TryWrite(TestMachine.Code, MemoryMarshal.AsBytes<uint>(program));
        machine.Memory.TryWrite(TestMachine.MachineVector, MemoryMarshal.AsBytes<uint>(handler));
        foreach (VirtualCpu cpu in machine.Cpus)
        {
            cpu.Hart.Pc = TestMachine.Code;
            cpu.Hart.WriteCsr(0x305, TestMachine.MachineVector);
        }

        var run = new PicturedRun(machine, maxInstructions: 300_000);
        ulong traps = 0;
        foreach (VirtualCpu cpu in machine.Cpus)
        {
            ulong own = Sum(cpu.Hart.Statistics.Exceptions);
            traps += own;
            Assert.That(run.Trace.Slices($"hart {cpu.Hart.Number}: traps").Count, Is.EqualTo(own));
            Assert.That(run.Trace.Track($"hart {cpu.Hart.Number}: exceptions")[^1].Value, Is.EqualTo(own));
        }

        Assert.That(traps, Is.Positive);
        Assert.That(Sum(machine.Traps.Exceptions), Is.EqualTo(traps), "the machine counts all harts");
        List<ulong> flows = [.. run.Trace.Events.Values.SelectMany(static events => events)
            .Where(static e => e.Flow != 0 && e.Name.StartsWith("trap", StringComparison.Ordinal)).Select(static e => e.Flow)];
        Assert.That(flows, Is.Unique, "no flow leads from one hart to another");
    }

    [Test]
    public void Harts_in_turn_give_the_same_pictures_each_time()
    {
        var options = new MachineOptions { HartCount = Harts };
        using VirtBoard firstBoard = HartsGuest.Boot(options, rounds: 2);
        using VirtBoard secondBoard = HartsGuest.Boot(options, rounds: 2);
        var first = new PicturedRun(firstBoard.Machine);
        var second = new PicturedRun(secondBoard.Machine);
        Assert.That(second.Folded, Is.EqualTo(first.Folded));
        Assert.That(first.Folded, Does.StartWith("hart 0;").Or.StartWith("hart 1;").Or.StartWith("hart 2;"));
        foreach (string name in first.Trace.TrackNames.Values)
        {
            // The speed is the host's.
            if (!name.EndsWith("host speed", StringComparison.Ordinal))
                Assert.That(second.Trace.Track(name), Is.EqualTo(first.Trace.Track(name)), name);
        }
    }

    private static void CheckModes(PerfettoReader trace, int hart, Hart of)
    {
        var slices = trace.Slices($"hart {hart}: privilege mode");
        var modes = slices.Where(static slice => slice.Depth == 0).OrderBy(static slice => slice.Start).ToList();
        for (int index = 1; index < modes.Count; index++)
            Assert.That(modes[index].Start, Is.EqualTo(modes[index - 1].End));
        ulong idle = slices.Where(static slice => slice.Name == "idle")
            .Aggregate(0UL, static (sum, slice) => sum + slice.End - slice.Start);
        Assert.That(idle, Is.EqualTo(of.Waited * NanosecondsPerInstruction));
        Assert.That(modes[^1].End, Is.EqualTo(of.Cycles * NanosecondsPerInstruction));
    }

    private static ulong Sum(ReadOnlySpan<long> counts)
    {
        ulong sum = 0;
        foreach (long count in counts)
            sum += (ulong)count;
        return sum;
    }

    /// <summary>A run to its end with a profile and a trace.</summary>
    private sealed class PicturedRun
    {
        public PicturedRun(Machine machine, ulong maxInstructions = ulong.MaxValue)
        {
            Machine = machine;
            using var bytes = new MemoryStream();
            var file = new PerfettoFile(bytes);
            List<CallRecorder> recorders = [];
            List<HartTrace> traces = [];
            foreach (VirtualCpu cpu in Machine.Cpus)
            {
                int number = cpu.Hart.Number;
                traces.Add(new HartTrace(
                    Machine, number, null, new PerfettoWriter(file, (ulong)number + 1), static address => $"{address:x}",
                    static cause => $"trap {cause:x}"));
                recorders.Add(new CallRecorder(traces[^1]));
                cpu.Hart.Calls = recorders[^1];
            }

            Assert.That(Machine.Run(maxInstructions).ExitCode, Is.Zero);
            foreach (HartTrace trace in traces)
                trace.Finish();
            Profile = new CallProfile([.. recorders.Select(static recorder => recorder.Root)], static address => $"{address:x}");
            Trace = PerfettoReader.Read(bytes.ToArray());
            using var speedscope = new MemoryStream();
            Profile.WriteSpeedscope(speedscope, "harts");
            Speedscope = speedscope.ToArray();
            using var folded = new MemoryStream();
            Profile.WriteFolded(folded);
            Folded = Encoding.UTF8.GetString(folded.ToArray());
        }

        public Machine Machine { get; }

        public CallProfile Profile { get; }

        public PerfettoReader Trace { get; }

        public byte[] Speedscope { get; }

        public string Folded { get; }
    }
}
