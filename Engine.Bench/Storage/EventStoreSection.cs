using System.Diagnostics;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Bench.Storage;

/// <summary>Appends by many writers, each of which waits until its event is durable before it appends the next.</summary>
internal static class EventStoreSection
{
    private const double LeastRowsPerSecond = 15_000;
    private static readonly TimeSpan LongestMedian = TimeSpan.FromMilliseconds(3);
    private static readonly byte[] Data = new byte[200];

    public static async Task RunAsync(TimeSpan duration, int rounds, int writers, string? folder)
    {
        DirectoryInfo directory = folder is null ? Directory.CreateTempSubdirectory("engine-bench-") : Directory.CreateDirectory(folder);
        string path = Path.Combine(directory.FullName, $"events-{Guid.NewGuid():N}.db");
        var results = new List<(double Rows, TimeSpan Median, TimeSpan P99)>();
        try
        {
            await using StorageDatabase database = StorageDatabase.Sqlite(path);
            var store = new SqlEventStore(database);
            await store.InitializeAsync();
            await RoundAsync(store, TimeSpan.FromSeconds(1), writers);
            for (int round = 0; round < rounds; round++)
            {
                DurationDistribution before = (await store.GetStatisticsAsync()).AppendDuration;
                double rows = await RoundAsync(store, duration, writers);
                DurationDistribution during = (await store.GetStatisticsAsync()).AppendDuration.Since(before);
                (TimeSpan p50, TimeSpan p99) = (during.Percentile(0.5), during.Percentile(0.99));
                results.Add((rows, p50, p99));
                Console.WriteLine($"round {round + 1}: {rows:N0} rows/s, p50 {Ms(p50)}, p99 {Ms(p99)}");
            }
        }
        finally
        {
            foreach (FileInfo file in directory.GetFiles(Path.GetFileName(path) + "*"))
                file.Delete();
            if (folder is null)
                directory.Delete();
        }

        (double Rows, TimeSpan Median, TimeSpan P99) median = results.OrderBy(static result => result.Rows).ElementAt(results.Count / 2);
        Console.WriteLine($"event store on SQLite, {writers} writers, {Data.Length} bytes of data, each durable before the next:");
        Console.WriteLine(
            $"  {median.Rows:N0} rows/s (wanted {LeastRowsPerSecond:N0}), p50 {Ms(median.Median)} (wanted {Ms(LongestMedian)}), "
            + $"p99 {Ms(median.P99)}");
    }

    private static async Task<double> RoundAsync(SqlEventStore store, TimeSpan duration, int writers)
    {
        long rows = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                await store.AppendAsync(new StoredEvent
                {
                    Id = Guid.CreateVersion7(),
                    EventType = "bench.event",
                    Data = Data,
                    ContentType = "application/octet-stream",
                    Timestamp = DateTimeOffset.UtcNow,
                    Source = "bench",
                });
                Interlocked.Increment(ref rows);
            }
        })));
        return rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Ms(TimeSpan time) => $"{time.TotalMilliseconds:0.0} ms";
}
