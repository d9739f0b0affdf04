using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Engine.Emulator;
using Engine.Emulator.Cli;
using Engine.Emulator.Memory;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Architecture;

namespace Engine.Tests.Emulator.Cli;

/// <summary><c>--order</c> and <c>--rewind</c>, and the pictures of them in the documents.</summary>
[Category("Process")]
[Parallelizable]
public sealed class OrderAndRewindTests
{
    private static readonly string Guest = Path.Combine(SourceTree.Root, "Engine.Tests", "Emulator", "Harts", "Guest", "harts.elf");

    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("engine-order-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_picture_of_one_order_is_what_its_command_draws()
    {
        string picture = Path.Combine(_folder, "order.svg");
        EmulatorProcess run = EmulatorProcess.Run(
            "run", Guest, "--harts", "4", "--deterministic", "--quantum", "100", "--events", "vm.mmio,vm.code-translated",
            "--max-instructions", "42700", "--order", picture);
        Assert.That(run.ExitCode, Is.EqualTo(4), run.Error);
        Assert.That(File.ReadAllText(picture), Is.EqualTo(DocumentPicture("order.svg")));
    }

    [Test]
    public void The_picture_of_cuts_is_what_its_command_draws()
    {
        string picture = Path.Combine(_folder, "rewind.svg");
        EmulatorProcess run = EmulatorProcess.Run(
            "run", Guest, "--harts", "2", "--deterministic", "--events", "vm.mmio,vm.block", "--rewind", "1000000",
            "--max-instructions", "6000000", "--timeline", picture);
        Assert.That(run.ExitCode, Is.EqualTo(4), run.Error);
        Assert.That(run.Output, Does.Match(
            "(?m)^cuts each 1,000,000 instructions, 6 rewinds: the same machine, events and sequences each time$"));
        Assert.That(File.ReadAllText(picture), Is.EqualTo(DocumentPicture("rewind.svg")));
    }

    [Test]
    public void One_order_is_a_line_for_each_event_and_its_digest_that_of_the_file()
    {
        string file = Path.Combine(_folder, "order.tsv");
        EmulatorProcess run = EmulatorProcess.Run(
            "run", Guest, "--harts", "3", "--events", "vm.mmio,vm.block", "--max-instructions", "500000", "--order", file);
        Match line = Regex.Match(
            run.Output, @"(?m)^one order: ([\d,]+) events of 3 harts, [\d,]+ changes of hart, SHA-256 ([0-9a-f]{64})$");
        string[][] events = [.. File.ReadAllLines(file).Select(static line => line.Split('\t'))];
        (long Time, int Hart)[] places = [.. events.Select(static one => (Whole(one[0]), (int)Whole(one[1])))];
        Assert.Multiple(() =>
        {
            Assert.That(line.Success, Is.True, run.Output + run.Error);
            Assert.That(Whole(line.Groups[1].Value.Replace(",", string.Empty)), Is.EqualTo(events.Length));
            Assert.That(line.Groups[2].Value, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))));
            Assert.That(events.Select(static one => one[2]).Distinct(), Is.EquivalentTo(new[] { "vm.mmio", "vm.block" }));
            Assert.That(places, Is.Ordered, "by virtual time, then hart");
            Assert.That(places.Select(static place => place.Hart).Distinct().Count(), Is.EqualTo(3));
        });
    }

    [Test]
    public async Task What_does_not_come_out_the_same_is_named()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.Start();
        using var machine = new Machine(new MachineOptions { RamSize = 1 << 20 }, engine);
        uint[] loop = [0x0011_8193, 0xFFDF_F06F];                            // addi x3, x3, 1; j -4
        machine.Memory.TryWrite(GuestMemory.RamBase, MemoryMarshal.AsBytes<uint>(loop));
        machine.Pc = GuestMemory.RamBase;
        var check = new RewindCheck(engine, ["vm.block"], interval: 1_000);
        MachineRunResult first = check.Run(machine, 2_000);
        string before = check.Line;
        engine.AddCheckpoint(new Meddler(() => machine.Memory.TryWrite(GuestMemory.RamBase + 512, new byte[] { 7 })));
        check.Run(machine, 4_500);
        Assert.Multiple(() =>
        {
            Assert.That(first.RetiredInstructions, Is.EqualTo(2_000));
            Assert.That(before, Is.EqualTo(
                "cuts each 1,000 instructions, 2 rewinds: the same machine, events and sequences each time"));
            Assert.That(check.Line, Does.StartWith(
                "cuts each 1,000 instructions, 5 rewinds: not the same: memory at instruction 3,000"));
            Assert.That(machine.RetiredInstructions, Is.EqualTo(4_500));
        });
    }

    [TestCase("run", "--order", "o.svg", "--order: is of 1 to 4 event types, named by --events")]
    [TestCase("run", "--events", "none", "--order", "o.svg", "--order: is of 1 to 4 event types, named by --events; got 0")]
    [TestCase("run", "--events", "vm.mmio", "--order", "o.svg", "--from", "7", "--order: is of whole events")]
    [TestCase("run", "--events", "vm.mmio", "--order", "/nonexistent/o.svg", "cannot be written")]
    [TestCase("run", "--events", "vm.mmio", "--order", "o.svg", "--rewind", "9", "--rewind: does not go with")]
    [TestCase("run", "--rewind", "0", "\"0\" is not a number of at least 1")]
    [TestCase("run", "--rewind", "9", "--harts", "2", "add --deterministic")]
    public void Bad_use_is_one_line_and_exit_code_2(params string[] argumentsAndMessage)
    {
        EmulatorProcess run = EmulatorProcess.Run(argumentsAndMessage[..^1]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
            Assert.That(run.Error, Does.StartWith("engine-emulator: ").And.Contain(argumentsAndMessage[^1]));
        });
    }

    private static string DocumentPicture(string name) => File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "images", name));

    private static long Whole(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Changes something whenever the machine goes back, which no cut can know of.</summary>
    private sealed class Meddler(Action meddle) : ICheckpointed
    {
        public string CheckpointName => "meddler";

        public object? SaveCheckpoint() => null;

        public void RestoreCheckpoint(object? checkpoint) => meddle();
    }
}
