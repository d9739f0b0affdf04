using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engine.Emulator.Devices.Virtio;
using Engine.Tests.Architecture;
using Engine.Tests.Emulator.Loading;

namespace Engine.Tests.Emulator.Cli;

[Category("Process")]
[Parallelizable]
public sealed class CommandLineTests
{
    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("engine-cli-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Without_arguments_the_bundled_guest_runs_and_a_summary_without_control_codes_is_printed()
    {
        EmulatorProcess run = EmulatorProcess.Run();
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Error, Is.Empty);
            Assert.That(run.Output, Does.Contain("all workloads ok").And.Contain("guest exit code 0").And.Contain("vm.instruction"));
            Assert.That(run.Output.Where(static c => char.IsControl(c) && c is not '\n' and not '\t'), Is.Empty);
        });
    }

    [Test]
    public void Statistics_agree_with_themselves_and_nothing_is_lost()
    {
        string file = Path.Combine(_folder, "stats.json");
        EmulatorProcess run = EmulatorProcess.Run("run", "--max-instructions", "30000000", "--stats", file, "--quiet");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement root = document.RootElement;
        long instructions = root.GetProperty("instructions").GetInt64();
        long exceptions = root.GetProperty("exceptions").EnumerateObject().Sum(static p => p.Value.GetInt64());
        long interrupts = root.GetProperty("interrupts").EnumerateObject().Sum(static p => p.Value.GetInt64());
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(4), "the limit was used up");
            Assert.That(instructions, Is.EqualTo(30_000_000));
            Assert.That(Published("vm.instruction"), Is.EqualTo(instructions));
            Assert.That(Published("vm.exception"), Is.EqualTo(exceptions).And.Positive);
            Assert.That(Published("vm.interrupt-raised"), Is.EqualTo(interrupts).And.Positive);
            Assert.That(Published("vm.page-fault"), Is.EqualTo(root.GetProperty("pageFaults").GetInt64()).And.Positive);
            foreach (JsonProperty type in root.GetProperty("events").EnumerateObject())
            {
                Assert.That(type.Value.GetProperty("lost").GetInt64(), Is.Zero, type.Name);
                Assert.That(
                    type.Value.GetProperty("dispatched").GetInt64(), Is.EqualTo(type.Value.GetProperty("published").GetInt64()), type.Name);
            }

            Assert.That(root.GetProperty("seconds").GetDouble(), Is.Positive);
            Assert.That(root.GetProperty("mips").GetDouble(), Is.Positive);
            Assert.That(root.GetProperty("exitCode").GetInt32(), Is.Zero);
        });

        long Published(string type) => root.GetProperty("events").GetProperty(type).GetProperty("published").GetInt64();
    }

    [Test]
    public void The_summary_shows_what_the_handlers_added_up_and_it_agrees_with_the_machine()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--max-instructions", "30000000");
        string pageFaults = run.Output.Split('\n')
            .Single(static line => line.StartsWith("page faults: ", StringComparison.Ordinal))["page faults: ".Length..];
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Match(@"(?m)^execution: 30,000,000 instructions, [1-9][\d,]* blocks translated"));
            Assert.That(run.Output, Does.Match($@"(?m)^memory: 128\.0 MiB allocated, .* mappings, {pageFaults} page faults$"));
            Assert.That(run.Output, Does.Match(@"(?m)^devices: [1-9]\d* added, 0 removed, [1-9][\d,]* interrupts"));
            Assert.That(run.Output, Does.Contain("hottest blocks"));
        });
    }

    [Test]
    public void Boundaries_and_a_region_are_exact()
    {
        EmulatorProcess run = EmulatorProcess.Run(
            "run", "--max-instructions", "300000", "--events", "vm.instruction,vm.block", "--from", "100001", "--until", "200004",
            "--region", "0x80000000-0x800fffff");
        Match counts = Regex.Match(
            run.Output, @"(?m)^covered instructions 100001 to 200003, (\d+) in the region, (\d+) outside$");
        Assert.That(counts.Success, Is.True, run.Output);
        Assert.That(
            counts.Groups.Values.Skip(1).Sum(static group => int.Parse(group.Value, CultureInfo.InvariantCulture)), Is.EqualTo(100_003));
    }

    [Test]
    public void Boundaries_are_of_each_hart_and_drawn()
    {
        string picture = Path.Combine(_folder, "harts.svg");
        EmulatorProcess run = EmulatorProcess.Run(
            "run", "--harts", "2", "--max-instructions", "300000", "--events", "vm.instruction", "--from", "100001", "--until", "200004",
            "--timeline", picture);
        Assert.That(run.ExitCode, Is.EqualTo(4), run.Error);
        Assert.That(run.Output, Does.Match(
            @"(?m)^hart 0: covered instructions 100001 to 200003; hart 1: never reached: the virtual CPU ended at instruction [1-9]\d*$"));
        var svg = XDocument.Load(picture);
        Assert.That(
            svg.Descendants().Where(static e => e.Name.LocalName == "title").Select(static e => e.Value),
            Is.EqualTo(new[] { "covered instructions 100001 to 200003" }));
    }

    [Test]
    public void The_picture_in_the_documents_is_what_its_command_draws()
    {
        string picture = Path.Combine(_folder, "exact.svg");
        EmulatorProcess run = EmulatorProcess.Run(
            "run", "--events", "vm.instruction,vm.page-fault", "--from", "1000000", "--until", "2000000", "--break", "vm.page-fault#200",
            "--timeline", picture);
        Assert.That(run.ExitCode, Is.EqualTo(5), run.Error);
        Assert.That(
            File.ReadAllText(picture), Is.EqualTo(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "images", "exact.svg"))));
    }

    [Test]
    public void Harts_on_threads_stop_before_an_event()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--harts", "2", "--events", "none", "--break", "vm.page-fault#3");
        Assert.That(run.ExitCode, Is.EqualTo(5), run.Error);
    }

    [Test]
    public void A_run_stops_before_an_event()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--events", "vm.exception", "--break", "vm.page-fault#3");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(5));
            Assert.That(run.Output, Does.Match(@"(?m)^stopped before PageFaulted .*, at instruction \d+"));
            Assert.That(run.Output, Does.Match(@"(?m)^page faults: 2$"), "the third has not happened");
        });
    }

    [Test]
    public void A_slow_handler_gets_the_events_of_its_type_alone()
    {
        string file = Path.Combine(_folder, "stats.json");
        EmulatorProcess.Run(
            "run", "--events", "none", "--slow-handler", "vm.page-fault=100", "--max-instructions", "3000000", "--stats", file, "--quiet");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        var dispatched = document.RootElement.GetProperty("events").EnumerateObject()
            .Where(static type => type.Value.GetProperty("dispatched").GetInt64() > 0)
            .Select(static type => type.Name);
        Assert.That(dispatched, Is.EqualTo(new[] { "vm.page-fault" }));
    }

    [Test]
    public void Quiet_prints_the_guest_console_and_nothing_else()
    {
        EmulatorProcess run = EmulatorProcess.Run("run", "--max-instructions", "1000000", "--quiet");
        Assert.That(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.All.StartWith("kernel: "));
    }

    [TestCase("none", 0)]
    [TestCase("vm.block", 1)]
    [TestCase("vm.block, vm.page-fault", 2)]
    [TestCase("memory.*", 3)]
    public void Only_selected_event_types_are_published(string list, int types)
    {
        string file = Path.Combine(_folder, "stats.json");
        EmulatorProcess.Run("run", "--max-instructions", "20000000", "--events", list, "--stats", file, "--quiet");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        int published = document.RootElement.GetProperty("events")
            .EnumerateObject().Count(static p => p.Value.GetProperty("published").GetInt64() > 0);
        Assert.That(published, Is.EqualTo(types));
    }

    [TestCase("run", "/nonexistent/guest.elf", "no such file")]
    [TestCase("run", "--memory", "16K", "--memory")]
    [TestCase("run", "--memory", "lots", "'lots' is not a size")]
    [TestCase("run", "--events", "vm.nothing", "\"vm.nothing\" is no event type")]
    [TestCase("run", "--max-instructions", "0", "not a number of at least 1")]
    [TestCase("run", "--load", "kernel.bin", "FILE@ADDRESS")]
    [TestCase("run", "--disk", "/nonexistent/disk.img", "no such file")]
    [TestCase("run", "--stats", "/nonexistent/stats.json", "cannot be written")]
    [TestCase("run", "--disk-read-only", "there is no --disk")]
    [TestCase("run", "--kernel", "/nonexistent/Image", "no such file")]
    [TestCase("run", "--kernel", "", "--kernel")]
    [TestCase("run", "--kernel", "Image@0xZZ", "not an address")]
    [TestCase("run", "--initrd", "/nonexistent/initrd.img", "no such file")]
    [TestCase("run", "--slow-handler", "vm.block", "EVENT=MICROSECONDS")]
    [TestCase("run", "--slow-handler", "vm.block=0", "EVENT=MICROSECONDS")]
    [TestCase("run", "--slow-handler", "vm.nothing=5", "\"vm.nothing\" is no event type")]
    [TestCase("run", "--from", "9", "--until", "9", "--until: 9 does not come behind --from, 9")]
    [TestCase("run", "--from", "soon", "\"soon\" is not an instruction count")]
    [TestCase("run", "--region", "7", "\"7\" is not FIRST-LAST")]
    [TestCase("run", "--region", "9-7", "is empty")]
    [TestCase("run", "--timeline", "t.svg", "--timeline: shows what --degrade, --from, --until, --region, --rewind or --break do")]
    [TestCase("run", "--break", "vm.block", "cannot stop before \"vm.block\"")]
    [TestCase("run", "--break", "vm.exception#0", "\"0\" is not a number of at least 1")]
    [TestCase("run", "--break", "vm.exception@here", "not an address")]
    [TestCase("run", "--frobnicate", "unknown option --frobnicate")]
    [TestCase("walk", "")]
    public void Bad_use_is_one_line_and_exit_code_2(params string[] argumentsAndMessage)
    {
        EmulatorProcess run = EmulatorProcess.Run(argumentsAndMessage[..^1]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Output, Is.Empty);
            Assert.That(run.Error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
            Assert.That(run.Error, Does.StartWith("engine-emulator: ").And.Contain(argumentsAndMessage[^1]));
        });
    }

    [Test]
    public void A_truncated_and_a_foreign_program_are_refused()
    {
        string truncated = Write("truncated.elf", new ElfBuilder().Build()[..40]);
        string foreign = Write("foreign.elf", "#!/bin/sh\n"u8.ToArray());
        Assert.Multiple(() =>
        {
            Assert.That(
                EmulatorProcess.Run("run", truncated), Has.Property("ExitCode").EqualTo(2).And.Property("Error").Contains("truncated"));
            Assert.That(EmulatorProcess.Run("run", foreign), Has.Property("ExitCode").EqualTo(2).And.Property("Error").Contains("ELF"));
        });
    }

    [Test]
    public void A_guest_that_does_not_fit_into_memory_is_refused()
    {
        string image = Write("large.bin", new byte[128 * 1024]);
        EmulatorProcess run = EmulatorProcess.Run("run", "--memory", "64K", "--load", image + "@0x80000000");
        Assert.That(run, Has.Property("ExitCode").EqualTo(2).And.Property("Error").Contains("do not fit into RAM"));
    }

    // lui a0, 0x100; li a1, CODE << 16 | 0x3333 (or 0x5555); sw a1, 0(a0); j .
    [TestCase(0x0000_5555u, 0)]
    [TestCase(0x0007_3333u, 7)]
    [TestCase(0x0100_3333u, 255)]
    public void The_exit_code_is_the_guests(uint finisherValue, int exitCode)
    {
        uint low = finisherValue & 0xFFF;
        uint high = finisherValue + 0x800 >> 12;
        uint[] code = [0x0010_0537, (high << 12) | 0x5B7, (low << 20) | 0x0005_859B, 0x00B5_2023, 0x0000_006F];
        string image = Write("exit.bin", [.. code.SelectMany(BitConverter.GetBytes)]);
        EmulatorProcess run = EmulatorProcess.Run("run", "--load", image + "@0x80000000", "--quiet");
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Error);
    }

    [Test]
    public void A_guest_that_waits_for_what_cannot_come_ends_as_stuck()
    {
        string image = Write("wfi.bin", [.. BitConverter.GetBytes(0x1050_0073u), .. BitConverter.GetBytes(0xFFDF_F06Fu)]);
        EmulatorProcess run = EmulatorProcess.Run("run", "--load", image + "@0x80000000");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(3));
            Assert.That(run.Output, Does.Contain("guest stuck"));
        });
    }

    [Test]
    public void A_limit_that_is_used_up_has_an_exit_code_of_its_own()
    {
        string image = Write("spin.bin", [.. BitConverter.GetBytes(0x0000_006Fu)]);
        EmulatorProcess run = EmulatorProcess.Run("run", "--load", image + "@0x80000000", "--max-instructions", "1000");
        Assert.That((run.ExitCode, run.Output.Contains("instruction limit reached after 1,000 instructions")), Is.EqualTo((4, true)));
    }

    [Test]
    public void A_disk_image_that_another_machine_writes_is_refused_and_one_that_is_only_read_is_shared()
    {
        string image = Write("spin.bin", [.. BitConverter.GetBytes(0x0000_006Fu)]);
        string disk = Write("disk.img", new byte[512]);
        string[] arguments = ["run", "--load", image + "@0x80000000", "--max-instructions", "1000", "--quiet", "--disk", disk];
        using (FileBlockStorage.Open(disk))
        {
            EmulatorProcess second = EmulatorProcess.Run(arguments);
            Assert.That(second.ExitCode, Is.EqualTo(2));
            Assert.That(second.Error, Does.Contain(disk).And.Contain("another machine"));
            Assert.That(EmulatorProcess.Run([.. arguments, "--disk-read-only"]).ExitCode, Is.EqualTo(2));
        }

        using (FileBlockStorage.Open(disk, isReadOnly: true))
        {
            Assert.That(EmulatorProcess.Run(arguments).ExitCode, Is.EqualTo(2));
            Assert.That(EmulatorProcess.Run([.. arguments, "--disk-read-only"]).ExitCode, Is.EqualTo(4));
        }
    }

    private string Write(string name, byte[] contents)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, contents);
        return path;
    }
}
