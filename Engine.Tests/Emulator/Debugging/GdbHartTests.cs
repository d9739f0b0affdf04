using System.Globalization;
using Engine.Emulator;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>Several harts are threads to GDB.</summary>
public sealed class GdbHartTests
{
    // Each hart adds its number to x6 for ever.
    private static readonly uint[] Program = [Asm.Csrrs(5, 0xF14, 0), Asm.Add(6, 6, 5), Asm.Jal(0, -4)];

    private static DebuggedMachine Debug(HartScheduling scheduling)
    {
        var debugged = new DebuggedMachine(
            Program, options: new MachineOptions { RamSize = 1 << 20, HartCount = 3, Scheduling = scheduling, TurnInstructions = 100 });
        return debugged;
    }

    private static ulong Pc(GdbClient client) =>
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(
            ulong.Parse(client.Ask("p20"), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    [Test]
    public void Each_hart_is_a_thread_with_registers_of_its_own([Values] HartScheduling scheduling)
    {
        using DebuggedMachine debugged = Debug(scheduling);
        using GdbClient client = debugged.Connect();
        Assert.Multiple(() =>
        {
            Assert.That(client.Ask("qfThreadInfo"), Is.EqualTo("m1,2,3"));
            Assert.That(client.Ask("qsThreadInfo"), Is.EqualTo("l"));
            Assert.That(client.Ask("T3"), Is.EqualTo("OK"));
            Assert.That(client.Ask("T4"), Does.StartWith("E"));
            Assert.That(client.Ask("Hg4"), Does.StartWith("E"));
            Assert.That(client.Ask("Hg2"), Is.EqualTo("OK"));
            Assert.That(client.Ask("qC"), Is.EqualTo("QC2"));
            Assert.That(client.Ask("P20=0000008000000000"), Is.EqualTo("OK"));
            Assert.That(client.Ask("vCont;s:2"), Is.EqualTo("T05thread:2;"));
            Assert.That(client.Ask("p5"), Is.EqualTo("0100000000000000"));
            Assert.That(Pc(client), Is.EqualTo(TestMachine.Code + 4));
            Assert.That(client.Ask("Hg3"), Is.EqualTo("OK"));
            Assert.That(client.Ask("p5"), Is.EqualTo("0000000000000000"), "the others stood still");
        });
    }

    [Test]
    public void A_breakpoint_says_which_hart_it_stopped([Values] HartScheduling scheduling)
    {
        using DebuggedMachine debugged = Debug(scheduling);
        using GdbClient client = debugged.Connect();
        foreach (int thread in new[] { 1, 2, 3 })
        {
            Assert.That(client.Ask($"Hg{thread}"), Is.EqualTo("OK"));
            Assert.That(client.Ask("P20=0000008000000000"), Is.EqualTo("OK"));
        }

        Assert.That(client.Ask("Z0,80000004,4"), Is.EqualTo("OK"));
        for (int stop = 0; stop < 6; stop++)
        {
            string reply = client.Ask("c");
            Assert.That(reply, Does.Match("^T05thread:[123];$"));
            Assert.That(client.Ask("qC"), Is.EqualTo($"QC{reply[10]}"));
            Assert.That(Pc(client), Is.EqualTo(TestMachine.Code + 4));
            Assert.That(client.Ask("p5"), Is.EqualTo($"0{reply[10] - '1'}00000000000000"));
        }
    }
}
