using System.Globalization;
using Engine.Emulator;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>Several harts are threads to GDB.</summary>
public sealed class GdbHartTests
{
    // Each hart adds its number to x6 for ever.
    private static readonly uint[] Program = [Asm.Csrrs(5, 0xF14, 0), Asm.Add(6, 6, 5), Asm.Jal(0, -4)];

    private static DebuggedMachine Debug(HartScheduling scheduling, int turn = 100, MachineHistoryOptions? history = null) => new(
        Program,
        options: new MachineOptions { RamSize = 1 << 20, HartCount = 3, Scheduling = scheduling, TurnInstructions = turn },
        history: history);

    private static void StartAll(GdbClient client)
    {
        foreach (int thread in new[] { 1, 2, 3 })
        {
            Assert.That(client.Ask($"Hg{thread}"), Is.EqualTo("OK"));
            Assert.That(client.Ask("P20=0000008000000000"), Is.EqualTo("OK"));
        }
    }

    private static string State(GdbClient client) => $"{client.Ask("qC")} {Pc(client):x} {client.Ask("p6")}";

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
        StartAll(client);
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

    [Test]
    public void The_way_back_of_harts_in_turn_passes_the_same_stops([Values(3, 7, 100)] int turn, [Values(10, 100_000)] int interval)
    {
        using DebuggedMachine debugged = Debug(
            HartScheduling.InTurn, turn, new MachineHistoryOptions { Interval = (ulong)interval, MaxCuts = 6 });
        using GdbClient client = debugged.Connect();
        StartAll(client);
        Assert.That(client.Ask("Z0,80000004,4"), Is.EqualTo("OK"));
        var states = new List<string>();
        for (int stop = 0; stop < 25; stop++)
        {
            Assert.That(client.Ask("c"), Does.Match("^T05thread:[123];$"));
            states.Add(State(client));
        }

        for (int stop = 23; stop >= 0; stop--)
        {
            Assert.That(client.Ask("bc"), Does.Match("^T05thread:[123];$"));
            Assert.That(State(client), Is.EqualTo(states[stop]));
        }

        Assert.That(client.Ask("bc"), Does.Contain("replaylog:begin"));
        for (int stop = 0; stop < 25; stop++)
        {
            client.Ask("c");
            Assert.That(State(client), Is.EqualTo(states[stop]), "forward again");
        }
    }

    [Test]
    public void A_step_back_undoes_the_selected_harts_step([Values(3, 100)] int turn)
    {
        using DebuggedMachine debugged = Debug(HartScheduling.InTurn, turn, new MachineHistoryOptions());
        using GdbClient client = debugged.Connect();
        StartAll(client);
        foreach (int thread in new[] { 2, 3, 1 })
        {
            Assert.That(client.Ask($"Hg{thread}"), Is.EqualTo("OK"));
            var states = new List<string>();
            for (int step = 0; step < 6; step++)
            {
                states.Add(State(client));
                Assert.That(client.Ask($"vCont;s:{thread}"), Is.EqualTo($"T05thread:{thread};"));
            }

            for (int step = 5; step >= 0; step--)
            {
                Assert.That(client.Ask("bs"), Is.EqualTo($"T05thread:{thread};"));
                Assert.That(State(client), Is.EqualTo(states[step]));
            }
        }
    }

    [Test]
    public void A_breakpoint_where_something_was_changed_is_gone_back_to()
    {
        using var debugged = new DebuggedMachine(Program, history: new MachineHistoryOptions());
        using GdbClient client = debugged.Connect();
        Assert.That(client.Ask("Z0,80000004,4"), Is.EqualTo("OK"));
        client.Ask("c");
        client.Ask("c");
        Assert.That(client.Ask("P6=0700000000000000"), Is.EqualTo("OK"));
        client.Ask("c");
        Assert.That(client.Ask("bc"), Is.EqualTo("T05thread:1;"));
        Assert.That((Pc(client), client.Ask("p6")), Is.EqualTo((TestMachine.Code + 4, "0700000000000000")));
    }
}
