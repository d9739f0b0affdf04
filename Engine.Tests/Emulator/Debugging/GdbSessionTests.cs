using System.Text;
using System.Xml.Linq;
using Engine.Events.Vm;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Debugging;

/// <summary>A machine and a client that speaks the remote protocol to it, well or badly.</summary>
public sealed class GdbSessionTests
{
    private const string Trapped = "T05thread:1;";
    private const string Interrupted = "T02thread:1;";
    private const int A0 = 10;
    private const int A1 = 11;

    // for (a1 = data;;) { a0++; *a1 = a0; a2 = *a1; }
    private static readonly uint[] Loop =
    [
        Asm.Auipc(A1, 4), Asm.Addi(A0, A0, 1), Asm.Sd(A0, A1), Asm.Ld(12, A1), Asm.Jal(0, -12),
    ];

    [Test]
    public void The_guest_waits_and_steps()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.Multiple(() =>
        {
            Assert.That(client.Ask("?"), Is.EqualTo(Trapped));
            Assert.That(client.Ask("p20"), Is.EqualTo("0000008000000000"));
            Assert.That(client.Ask("s"), Is.EqualTo(Trapped));
            Assert.That(client.Ask("vCont;s:1;c"), Is.EqualTo(Trapped));
            Assert.That(client.Ask("p20"), Is.EqualTo("0800008000000000"));
            Assert.That(client.Ask("pa"), Is.EqualTo("0100000000000000"));
            Assert.That(client.Ask("g"), Has.Length.EqualTo(33 * 16).And.EndsWith("0800008000000000"));
        });
    }

    [Test]
    public void Breakpoints_stop_before_their_instruction_every_time_round()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask("Z0,8000000c,4"), Is.EqualTo("OK"));
        for (int round = 1; round <= 3; round++)
        {
            Assert.That(client.Ask("c"), Is.EqualTo(Trapped));
            Assert.That(client.Ask("p20"), Is.EqualTo("0c00008000000000"));
            Assert.That(client.Ask("pa"), Is.EqualTo($"0{round}00000000000000"));
            Assert.That(client.Ask("m8000000c,4"), Is.EqualTo("03b60500"), "memory holds the guest's own instruction");
        }

        Assert.That(client.Ask("Z1,80000004,4"), Is.EqualTo("OK"));
        Assert.That(client.Ask("z0,8000000c,4"), Is.EqualTo("OK"));
        Assert.That(client.Ask("c"), Is.EqualTo(Trapped));
        Assert.That(client.Ask("p20"), Is.EqualTo("0400008000000000"));
        Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(1 + (3 * 4)), "nothing retires at a breakpoint");
    }

    [TestCase('2', "watch", "0c00008000000000")]
    [TestCase('3', "rwatch", "1000008000000000")]
    [TestCase('4', "awatch", "0c00008000000000")]
    public void Watchpoints_stop_behind_the_access(char kind, string name, string pc)
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask($"Z{kind},80004004,2"), Is.EqualTo("OK"));
        Assert.That(client.Ask("c"), Is.EqualTo($"T05thread:1;{name}:80004004;"));
        Assert.That(client.Ask("p20"), Is.EqualTo(pc));
        Assert.That(client.Ask($"z{kind},80004004,2"), Is.EqualTo("OK"));
        Assert.That(client.Ask($"Z{kind},80004008,8"), Is.EqualTo("OK"));
        client.Send("c");
        client.SendRaw("\u0003");
        Assert.That(client.Receive(), Is.EqualTo(Interrupted), "what lies beside a watched range is not watched");
    }

    [Test]
    public void Memory_and_registers_are_read_and_written()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.Multiple(() =>
        {
            Assert.That(client.Ask("M80004ffe,4:01020304"), Is.EqualTo("OK"));
            Assert.That(client.Ask("m80004ffe,4"), Is.EqualTo("01020304"));
            Assert.That(client.Ask("X80004000,2:}\u0003a"), Is.EqualTo("OK"));
            Assert.That(client.Ask("m80004000,2"), Is.EqualTo("2361"));
            Assert.That(client.Ask("m10000000,1"), Is.EqualTo("E0e"), "reading a device would do something to it");
            Assert.That(client.Ask("P5=8877665544332211"), Is.EqualTo("OK"));
            Assert.That(client.Ask("p5"), Is.EqualTo("8877665544332211"));
            Assert.That(client.Ask("P21=000000000000f03f"), Is.EqualTo("OK"));
            Assert.That(client.Ask("p21"), Is.EqualTo("000000000000f03f"), "f0");
            Assert.That(client.Ask("p346"), Is.EqualTo("0030008000000000"), "mtvec: CSR 0x305, behind 0x41 others");
            Assert.That(client.Ask("p1041"), Is.EqualTo("0300000000000000"), "the mode");
            Assert.That(client.Ask("p5000"), Is.EqualTo("E01"));
        });
    }

    [Test]
    public void The_description_is_xml_with_every_kind_of_register()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        var document = new StringBuilder();
        for (string part = "m"; part[0] == 'm';)
        {
            part = client.Ask($"qXfer:features:read:target.xml:{document.Length:x},100");
            document.Append(part.AsSpan(1));
        }

        string text = document.ToString();
        XElement target = XElement.Parse(text[text.IndexOf("<target", StringComparison.Ordinal)..]);
        List<XElement> registers = [.. target.Descendants("reg")];
        Assert.That(registers.Select(static r => (string?)r.Attribute("regnum")), Is.Unique);
        Assert.That(
            registers.Select(static r => (string?)r.Attribute("name")),
            Is.SupersetOf((string[])["a0", "pc", "fa0", "fcsr", "mstatus", "priv"]));
        foreach (XElement register in registers)
            Assert.That(client.Ask($"p{(int)register.Attribute("regnum")!:x}"), Has.Length.EqualTo(16), register.ToString());
    }

    [Test]
    public void The_end_of_the_guest_is_reported()
    {
        using var machine = new DebuggedMachine(Loop, maxInstructions: 50);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask("c"), Is.EqualTo("W00"));
        Assert.That(machine.Result.Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        Assert.That(machine.Result.RetiredInstructions, Is.EqualTo(50));
    }

    [Test]
    public void Detached_the_guest_runs_on_without_breakpoints()
    {
        using var machine = new DebuggedMachine(Loop, maxInstructions: 100_000);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask("Z0,80000004,4"), Is.EqualTo("OK"));
        Assert.That(client.Ask("D;1"), Is.EqualTo("OK"));
        Assert.That(machine.Result.RetiredInstructions, Is.EqualTo(100_000));
    }

    [TestCase("k")]
    [TestCase("vKill;1")]
    public void Killed_the_run_ends(string packet)
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        client.Send(packet);
        Assert.That(machine.Result.Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void A_request_of_the_host_ends_the_run_while_the_guest_is_halted()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask("?"), Is.EqualTo(Trapped));
        machine.Machine.RequestStop();
        Assert.That(machine.Result.Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void A_second_client_is_turned_away_and_the_first_goes_on()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient first = machine.Connect();
        Assert.That(first.Ask("?"), Is.EqualTo(Trapped));
        using GdbClient second = machine.Connect();
        Assert.That(second.IsClosedByServer(), Is.True);
        Assert.That(first.Ask("s"), Is.EqualTo(Trapped));
    }

    [Test]
    public void A_connection_that_drops_leaves_the_guest_halted_for_the_next()
    {
        using var machine = new DebuggedMachine(Loop);
        using (GdbClient first = machine.Connect())
        {
            Assert.That(first.Ask("Z0,80000008,4"), Is.EqualTo("OK"));
            Assert.That(first.Ask("c"), Is.EqualTo(Trapped));
            first.SendRaw("$m8000");
        }

        using GdbClient second = ConnectAgain(machine);
        Assert.That(second.Ask("p20"), Is.EqualTo("0800008000000000"));
        second.Send("c");
        second.SendRaw("\u0003");
        Assert.That(second.Receive(), Is.EqualTo(Interrupted), "the breakpoint went with its client");
    }

    [Test]
    public void A_connection_that_drops_leaves_the_guest_running()
    {
        using var machine = new DebuggedMachine(Loop);
        using (GdbClient first = machine.Connect())
        {
            Assert.That(first.Ask("?"), Is.EqualTo(Trapped));
            first.Send("c");
            Assert.That(first.ReadByte(), Is.EqualTo('+'));
        }

        ulong before = Stored(machine);
        Eventually.IsTrue(() => Stored(machine) != before);
        using GdbClient second = ConnectAgain(machine);
        Assert.That(second.Ask("?"), Is.EqualTo(Trapped), "who attaches finds the guest halted");
    }

    [Test]
    public void Bad_packets_are_asked_for_again_and_acknowledged_otherwise()
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        client.SendRaw("$?#00");
        Assert.That(client.ReadByte(), Is.EqualTo('-'));
        client.SendRaw(GdbClient.Frame("?"));
        Assert.That(client.ReadByte(), Is.EqualTo('+'));
        Assert.That(client.Receive(), Is.EqualTo(Trapped));
        client.SendRaw("-");
        Assert.That(client.Receive(), Is.EqualTo(Trapped), "sent again");
        Assert.That(client.Ask("QStartNoAckMode"), Is.EqualTo("OK"));
        client.SendRaw(GdbClient.Frame("?"));
        Assert.That(client.ReadByte(), Is.EqualTo('$'), "nothing is acknowledged any more");
    }

    [TestCase("m", "E01")]
    [TestCase("m80000000", "E01")]
    [TestCase("m80000000,", "E01")]
    [TestCase("m80000000,fffffffffffffff", "E01")]
    [TestCase("m80000000,-1", "E01")]
    [TestCase("mffffffffffffffff,2", "E0e")]
    [TestCase("M80000000,2:0", "E01")]
    [TestCase("M80000000,2:0g0g", "E01")]
    [TestCase("M1000,1:00", "E0e")]
    [TestCase("X80000000,5:a", "E01")]
    [TestCase("G00", "E01")]
    [TestCase("p", "E01")]
    [TestCase("P1", "E01")]
    [TestCase("P1=", "E01")]
    [TestCase("P1=000000000000000000", "E01")]
    [TestCase("Z", "E01")]
    [TestCase("Z0", "E01")]
    [TestCase("Z0,zz,4", "E01")]
    [TestCase("Z2,80000000,0", "E01")]
    [TestCase("Z9,80000000,4", "")]
    [TestCase("cxyz", "E01")]
    [TestCase("qXfer:features:read:target.xml:", "E01")]
    [TestCase("qNonsense", "")]
    [TestCase("", "")]
    [TestCase("vMustReplyEmpty", "")]
    public void Malformed_packets_get_an_error_and_unknown_ones_nothing(string packet, string expected)
    {
        using var machine = new DebuggedMachine(Loop);
        using GdbClient client = machine.Connect();
        Assert.That(client.Ask(packet), Is.EqualTo(expected));
        Assert.That(client.Ask("?"), Is.EqualTo(Trapped));
    }

    [Test]
    public void Noise_ends_neither_session_nor_machine()
    {
        using var machine = new DebuggedMachine(Loop);
        var random = new Random(14);
        for (int round = 0; round < 20; round++)
        {
            using GdbClient noisy = ConnectAgain(machine);
            for (int packet = 0; packet < 20; packet++)
            {
                const string Kinds = "mMXpPZzgGqHT?v";
                string rest = new([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(32, 127))]);
                string text = Kinds[random.Next(Kinds.Length)] + rest;
                noisy.SendRaw(random.Next(4) == 0 ? text : GdbClient.Frame(text));
            }
        }

        using GdbClient client = ConnectAgain(machine);
        Assert.That(client.Ask("vCont?"), Is.EqualTo("vCont;c;C;s;S"));
        Assert.That(machine.HasEnded, Is.False);
    }

    private static ulong Stored(DebuggedMachine machine)
    {
        Span<byte> bytes = stackalloc byte[8];
        Assert.That(machine.Machine.Memory.TryRead(TestMachine.Data, bytes), Is.True);
        return BitConverter.ToUInt64(bytes);
    }

    /// <summary>Connects as soon as the server has noticed that the last client is gone.</summary>
    private static GdbClient ConnectAgain(DebuggedMachine machine)
    {
        GdbClient? client = null;
        Eventually.IsTrue(() =>
        {
            client?.Dispose();
            client = machine.Connect();
            try
            {
                return client.Ask("qC") == "QC1";
            }
            catch (IOException)
            {
                return false;
            }
        });
        return client!;
    }
}
