using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Storage;

/// <summary>Memory accesses, which are stored as they are, beside the same bytes written into a file and synchronized.</summary>
internal static class RawSection
{
    private const int Repetitions = 32;
    private const int FileBlock = 1 << 20;

    public static void Run(Measurement measurement)
    {
        MemoryAccessed[] events = GuestTrace.Accesses;
        long bytes = (long)Repetitions * events.Length * Unsafe.SizeOf<MemoryAccessed>();
        List<double>[] processor = [[], []];
        RoundResult[] rounds = measurement.Rounds("raw", 2, variant =>
        {
            TimeSpan used = Environment.CpuUsage.TotalTime;
            double seconds = variant == 0 ? WriteFile(bytes) : Record(events);
            processor[variant].Add((Environment.CpuUsage.TotalTime - used).TotalSeconds / (bytes / 1e9));
            return bytes / seconds / 1e6;
        });
        Table table = RoundsTable.Create(
            "raw", "Memory accesses, as they are, durable", ["file, one thread, synchronized at the end", "journal"], rounds, "MB/s");
        measurement.Report.Add(
            table with
            {
                Columns = [.. table.Columns, new Column("processor", "s/GB")],
                Rows = [.. table.Rows.Select((row, i) => row with { Values = [.. row.Values, Statistics.Median(processor[i].Skip(1))] })],
            },
            rounds);
    }

    private static double Record(MemoryAccessed[] events)
    {
        using var recording = new DirectRecording<MemoryAccessed>();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Repetitions; i++)
            recording.Append(events);
        recording.Flush();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double WriteFile(long bytes)
    {
        using var folder = new JournalFolder();
        Directory.CreateDirectory(folder.Path);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(
            Path.Combine(folder.Path, "file"), FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes);
        byte[] block = new byte[FileBlock];
        Random.Shared.NextBytes(block);
        long started = Stopwatch.GetTimestamp();
        for (long at = 0; at < bytes; at += block.Length)
            RandomAccess.Write(file, block, at);
        RandomAccess.FlushToDisk(file);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
