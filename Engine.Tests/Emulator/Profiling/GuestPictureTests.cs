using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Engine.Emulator;
using Engine.Emulator.Cpu;
using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Emulator.Profiling;

namespace Engine.Tests.Emulator.Profiling;

/// <summary>Profile and trace of the bundled guest, added up again from their bytes.</summary>
public sealed class GuestPictureTests
{
    private const ulong Instructions = 60_000_000;
    private const ulong NanosecondsPerInstruction = 10;

    private readonly MemoryStream _traceBytes = new();
    private VirtBoard _board = null!;
    private CallProfile _profile = null!;
    private PerfettoReader _trace = null!;

    [OneTimeSetUp]
    public void Run()
    {
        _board = new VirtBoard(new VirtBoardOptions());
        LoadedGuest guest = _board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name);
        var symbols = new GuestSymbols();
        symbols.Add(BundledGuest.ReadAllBytes(), BundledGuest.Name, guest.EntryPoint);
        var file = new PerfettoFile(_traceBytes);
        var trace = new HartTrace(
            _board.Machine, 0, null, new PerfettoWriter(file, 1), symbols.NameOf, static cause => $"trap {cause:x}");
        var calls = new CallRecorder(trace);
        _board.Machine.Hart.Calls = calls;
        _board.Boot(guest.EntryPoint);
        _board.Machine.Run(Instructions);
        trace.Finish();
        Assert.That(file.Failure, Is.Null);
        _profile = new CallProfile([calls.Root], symbols.NameOf);
        _trace = PerfettoReader.Read(_traceBytes.ToArray());
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _board.Dispose();
        _traceBytes.Dispose();
    }

    [Test]
    public void Every_instruction_is_in_the_profile() => Assert.That(_profile.TotalInstructions, Is.EqualTo(Instructions));

    [Test]
    public void The_profile_knows_who_called_whom()
    {
        using var stream = new MemoryStream();
        _profile.WriteFolded(stream);
        string folded = Encoding.UTF8.GetString(stream.ToArray());
        Assert.That(folded, Does.Contain("trap_entry;trap_handle;page_fault_resolve;page_allocate;memory_clear "));
        Assert.That(folded, Does.Contain("kernel_main;processes_start;"));
        Assert.That(folded, Does.Contain("user:_start;trap_entry;"), "programs that the guest starts have names too");
    }

    [Test]
    public void The_speedscope_file_is_valid_by_its_schema_and_adds_up()
    {
        using var stream = new MemoryStream();
        _profile.WriteSpeedscope(stream, "guest");
        using var document = JsonDocument.Parse(stream.ToArray());
        JsonElement root = document.RootElement;
        SpeedscopeSchema.Check(root);
        JsonElement profile = root.GetProperty("profiles")[0];
        int frames = root.GetProperty("shared").GetProperty("frames").GetArrayLength();
        List<JsonElement> samples = [.. profile.GetProperty("samples").EnumerateArray()];
        List<ulong> weights = [.. profile.GetProperty("weights").EnumerateArray().Select(static weight => weight.GetUInt64())];
        Assert.Multiple(() =>
        {
            Assert.That(profile.GetProperty("startValue").GetUInt64(), Is.Zero);
            Assert.That(profile.GetProperty("endValue").GetUInt64(), Is.EqualTo(Instructions));
            Assert.That(weights, Has.Count.EqualTo(samples.Count));
            Assert.That(weights.Aggregate(0UL, static (sum, weight) => sum + weight), Is.EqualTo(Instructions));
            Assert.That(
                samples.SelectMany(static sample => sample.EnumerateArray()).All(index => index.GetInt32() < frames), Is.True);
            Assert.That(samples.All(static sample => sample.GetArrayLength() > 0), Is.True);
            Assert.That(
                root.GetProperty("shared").GetProperty("frames").EnumerateArray().Select(static f => f.GetProperty("name").GetString()),
                Is.Unique);
        });
    }

    [Test]
    public void The_flame_graph_shows_what_the_profile_has()
    {
        using var stream = new MemoryStream();
        _profile.WriteFlameGraph(stream, "a <guest>");
        XElement svg = XElement.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        XNamespace ns = svg.Name.Namespace;
        List<(string Title, double Left, double Top, double Width)> boxes =
        [
            .. svg.Elements(ns + "g").Select(box => (
                box.Element(ns + "title")!.Value, Number(box, "x"), Number(box, "y"), Number(box, "width"))),
        ];
        Assert.That(
            svg.Elements(ns + "text").Select(static text => text.Value),
            Is.EqualTo((string[])["a <guest>", "60,000,000 instructions"]));
        Assert.That(boxes[0].Title, Is.EqualTo("all: 100.0 %, 60,000,000 instructions"));
        Assert.That(boxes.Select(static box => box.Title), Has.Some.StartsWith("kernel_main: "));
        foreach (var row in boxes.GroupBy(static box => box.Top))
        {
            double end = 0;
            foreach ((string title, double left, _, double width) in row.OrderBy(static box => box.Left))
            {
                Assert.That(left, Is.GreaterThanOrEqualTo(end), title);
                end = left + width;
            }
        }

        double Number(XElement box, string name) => (double)box.Element(ns + "rect")!.Attribute(name)!;
    }

    [Test]
    public void The_counters_end_where_the_machine_does()
    {
        TrapStatistics traps = _board.Machine.Traps;
        Assert.Multiple(() =>
        {
            Assert.That(_trace.Track("hart 0: retired instructions")[^1].Value, Is.EqualTo(Instructions));
            Assert.That(_trace.Track("hart 0: page faults")[^1].Value, Is.EqualTo((ulong)traps.PageFaults));
            Assert.That(_trace.Track("hart 0: exceptions")[^1].Value, Is.EqualTo(Sum(traps.Exceptions)));
            Assert.That(_trace.Track("hart 0: interrupts")[^1].Value, Is.EqualTo(Sum(traps.Interrupts)));
            Assert.That(_trace.Track("hart 0: host speed"), Is.Not.Empty);
            Assert.That(_trace.Parents.Values, Is.All.EqualTo(1));
        });
    }

    [Test]
    public void Every_trap_is_a_slice()
    {
        List<string> names = [.. _trace.Slices("hart 0: traps").Select(static slice => slice.Name)];
        TrapStatistics traps = _board.Machine.Traps;
        for (int cause = 0; cause < TrapStatistics.CauseCount; cause++)
        {
            Assert.That(names.Count(name => name == $"trap {cause:x}"), Is.EqualTo(traps.Exceptions[cause]), $"exception {cause}");
            ulong interrupt = (1UL << 63) | (uint)cause;
            Assert.That(names.Count(name => name == $"trap {interrupt:x}"), Is.EqualTo(traps.Interrupts[cause]), $"interrupt {cause}");
        }

        List<ulong> flows =
        [
            .. _trace.Track("hart 0: traps").Where(static e => e.Type == PerfettoReader.SliceBegin).Select(static e => e.Flow),
        ];
        Assert.That(flows, Is.Unique);
        Assert.That(
            _trace.Track("hart 0: privilege mode").Where(static e => e.Flow != 0).Select(static e => e.Flow),
            Is.SubsetOf(flows).And.Not.Empty);
    }

    [Test]
    public void The_modes_fill_the_time()
    {
        var slices = _trace.Slices("hart 0: privilege mode");
        var modes = slices.Where(static slice => slice.Depth == 0).OrderBy(static slice => slice.Start).ToList();
        for (int index = 1; index < modes.Count; index++)
            Assert.That(modes[index].Start, Is.EqualTo(modes[index - 1].End));
        ulong idle = slices.Where(static slice => slice.Name == "idle")
            .Aggregate(0UL, static (sum, slice) => sum + slice.End - slice.Start);
        Assert.That(modes[0].Start, Is.Zero);
        Assert.That(modes[^1].End, Is.EqualTo((Instructions * NanosecondsPerInstruction) + idle));
        Assert.That(modes.Select(static slice => slice.Name).Distinct(), Is.EquivalentTo((string[])["M", "S", "U"]));
    }

    [Test]
    public void Functions_nest_and_take_as_long_as_they_must()
    {
        var slices = _trace.Slices("hart 0: functions");
        Assert.That(slices.Select(static slice => slice.Name), Does.Contain("kernel_main").And.Contain("memory_clear"));
        Assert.That(
            slices.Min(static slice => slice.End - slice.Start),
            Is.GreaterThanOrEqualTo(HartTrace.LeastInstructions * NanosecondsPerInstruction));
    }

    [Test]
    public void A_disk_that_is_full_ends_the_trace_and_not_the_run()
    {
        var file = new PerfettoFile(new FullStream());
        using var board = new VirtBoard(new VirtBoardOptions());
        LoadedGuest guest = board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name);
        var trace = new HartTrace(
            board.Machine, 0, null, new PerfettoWriter(file, 1), static address => $"{address:x}", static cause => $"{cause:x}");
        board.Machine.Hart.Calls = new CallRecorder(trace);
        board.Boot(guest.EntryPoint);
        Assert.That(board.Machine.Run(100_000).RetiredInstructions, Is.EqualTo(100_000));
        trace.Finish();
        Assert.That(file.Failure, Is.InstanceOf<IOException>());
    }

    private static ulong Sum(ReadOnlySpan<long> counts)
    {
        ulong sum = 0;
        foreach (long count in counts)
            sum += (ulong)count;
        return sum;
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
    }
}
