using System.IO.Compression;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Migration;
using Engine.Tests.Support;

namespace Engine.Tests.CommandLines;

/// <summary>A folder with what the programs read, good and bad.</summary>
internal sealed class ToolFolder : IDisposable
{
    /// <summary>A guest that ends at once, as an image.</summary>
    public const string ExitingGuest = "exit.bin@0x80000000";

    /// <summary>A guest that prints lines without end, as an image.</summary>
    public const string PrintingGuest = "print.bin@0x80000000";

    /// <summary>A folder of sources that use an old bus.</summary>
    public const string Sources = "sources";

    /// <summary>A folder without sources.</summary>
    public const string Empty = "folder";

    /// <summary>A capture of samples.</summary>
    public const string Capture = "capture";

    /// <summary>A recorded run.</summary>
    public const string Journal = "journal";

    /// <summary>A file that cannot be written.</summary>
    public const string Nowhere = "nothing/here";

    // lui a0, 0x100; lui a1, 5; addiw a1, a1, 0x555; sw a1, 0(a0); j .
    private static readonly uint[] ExitingCode = [0x0010_0537, 0x0000_55B7, 0x5555_859B, 0x00B5_2023, 0x0000_006F];

    // lui a0, 0x10000; loop: li a1, 'y'; sb a1, 0(a0); li a1, '\n'; sb a1, 0(a0); j loop
    private static readonly uint[] PrintingCode = [0x1000_0537, 0x0790_0593, 0x00B5_0023, 0x00A0_0593, 0x00B5_0023, 0xFF1F_F06F];

    private const string PerfSamples = """
        comm     100/100     [000]     1.000000:    1000000 cpu-clock:
        	           401000 main+0x10 (/bin/comm)
        	           400000 _start+0x10 (/bin/comm)

        comm     100/100     [000]     1.001000:    1000000 cpu-clock:
        	           401000 main+0x10 (/bin/comm)
        	           400000 _start+0x10 (/bin/comm)


        """;

    public ToolFolder()
    {
        Write("exit.bin", ExitingCode);
        Write("print.bin", PrintingCode);
        Directory.CreateDirectory(In(Sources));
        File.WriteAllText(In(Path.Combine(Sources, "Event.cs")), Samples.Event);
        using (ZipArchive archive = ZipFile.Open(In(Capture + ".trace.zip"), ZipArchiveMode.Create))
        {
            using var writer = new StreamWriter(archive.CreateEntry("capture.trace/perf.data.txt").Open());
            writer.Write(PerfSamples);
        }

        RecordJournal(In(Journal));
        // What cannot be read or written, whoever asks.
        Directory.CreateDirectory(In(Empty));
        File.WriteAllText(In("file"), "text\n");
        File.CreateSymbolicLink(In("loop"), "loop");
    }

    /// <summary>Paths that are no files to be read or written.</summary>
    public static IReadOnlyList<string> BadPaths { get; } = [Empty, Nowhere, "file/below", "loop"];

    public string Root { get; } = Directory.CreateTempSubdirectory("engine-tools-").FullName;

    /// <summary>All that is there, with lengths and times of change.</summary>
    public string[] Snapshot() => [.. new DirectoryInfo(Root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Select(static entry => $"{entry.FullName} {(entry as FileInfo)?.Length} {(entry as FileInfo)?.LastWriteTimeUtc:O}").Order()];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void RecordJournal(string path)
    {
        using var journal = Engine.Storage.Journals.Journal.Open(path);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        journal.Record<InstructionRetired>(engine);
        engine.Start();
        using (EventProducer producer = engine.CreateProducer("vcpu0"))
        {
            for (ulong i = 0; i < 200; i++)
                producer.GetLane<InstructionRetired>().Publish(new InstructionRetired(i * 4, 0x13, 0));
        }

        engine.StopDrained();
    }

    private string In(string name) => Path.Combine(Root, name);

    private void Write(string name, uint[] code) => File.WriteAllBytes(In(name), [.. code.SelectMany(BitConverter.GetBytes)]);
}
