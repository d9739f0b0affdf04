using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Storage;

/// <summary>Memory accesses, which are stored as they are, beside the same bytes in a plain file and in other stores.</summary>
internal static class RawSection
{
    private const int Repetitions = 8;
    private const int FileBlock = 1 << 20;
    private const double MinTimesPeers = 2;
    private const double MaxShareOfProcessor = 1.0 / 3;
    private static readonly string[] s_names =
        ["file, one thread, synchronized at the end", "journal", "FasterLog", "SQLite", "RocksDB"];

    public static void Run(Measurement measurement)
    {
        MemoryAccessed[] events = GuestTrace.Accesses;
        long bytes = (long)Repetitions * events.Length * Unsafe.SizeOf<MemoryAccessed>();
        List<double>[] processor = [.. s_names.Select(static _ => new List<double>())];
        RoundResult[] rounds = measurement.Rounds("raw", s_names.Length, variant =>
        {
            TimeSpan used = Environment.CpuUsage.TotalTime;
            double seconds = variant switch
            {
                0 => WriteFile(bytes),
                1 => Record(events),
                2 => WriteFrames(events, RawPeers.WriteFasterLog),
                3 => WriteFrames(events, RawPeers.WriteSqlite),
                _ => WriteFrames(events, RawPeers.WriteRocksDb),
            };
            processor[variant].Add((Environment.CpuUsage.TotalTime - used).TotalSeconds / (bytes / 1e9));
            return bytes / seconds / 1e6;
        });
        double[] used = [.. processor.Select(static all => Statistics.Median(all.Skip(1)))];
        Table table = RoundsTable.Create(
            "raw", "Memory accesses, as they are, durable; peers in frames of 64 KiB", s_names, rounds, "MB/s");
        measurement.Report.Add(
            table with
            {
                Columns = [.. table.Columns, new Column("processor", "s/GB")],
                Rows = [.. table.Rows.Select((row, i) => row with { Values = [.. row.Values, used[i]] })],
            },
            rounds);
        for (int peer = 2; peer < s_names.Length; peer++)
        {
            measurement.Report.AddRatioTarget($"raw, journal / {s_names[peer]}, MB/s", rounds, 1, peer, MinTimesPeers);
            double share = used[1] / used[peer];
            measurement.Report.AddTarget(
                $"raw, journal / {s_names[peer]}, processor", share, MaxShareOfProcessor, share <= MaxShareOfProcessor);
        }
    }

    private static double WriteFrames(MemoryAccessed[] events, Action<string, byte[], int> write)
    {
        using var folder = new JournalFolder();
        Directory.CreateDirectory(folder.Path);
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(events.AsSpan());
        byte[] frame = bytes[..RawPeers.FrameBytes].ToArray();
        int count = (int)((long)Repetitions * bytes.Length / frame.Length);
        long started = Stopwatch.GetTimestamp();
        write(folder.Path, frame, count);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
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
