using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Bench.Storage;

/// <summary>The event store on SQLite: appends by many writers, each of which waits until its event is durable before the next.</summary>
internal static class EventStoreSection
{
    private const int Writers = 64;
    private const double LeastRowsPerSecond = 15_000;
    private const double LongestMedianMilliseconds = 3;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);
    private static readonly byte[] Data = new byte[200];

    public static void Run(Measurement measurement)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-bench-");
        try
        {
            Run(measurement, Path.Combine(folder.FullName, "events.db"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Run(Measurement measurement, string path)
    {
        StorageDatabase database = StorageDatabase.Sqlite(path);
        var medians = new List<double>();
        RoundResult[] rounds;
        try
        {
            var store = new SqlEventStore(database);
            rounds = measurement.Rounds("events", 1, _ =>
            {
                DurationDistribution before = AppendDurationOf(store);
                double rows = AppendAsync(store).GetAwaiter().GetResult();
                medians.Add(AppendDurationOf(store).Since(before).Percentile(0.5).TotalMilliseconds);
                return rows;
            });
        }
        finally
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        measurement.Report.Add(
            RoundsTable.Create(
                "events", $"Event store on SQLite, {Writers} writers, {Data.Length} bytes", ["event store"], rounds, "rows/s"),
            rounds);
        double rowsPerSecond = Statistics.Median(rounds.Select(static round => round.Values[0]));
        double median = Statistics.Median(medians);
        measurement.Report.AddTarget("durable rows/s", rowsPerSecond, LeastRowsPerSecond, rowsPerSecond >= LeastRowsPerSecond);
        measurement.Report.AddTarget("append to durable p50, ms", median, LongestMedianMilliseconds, median <= LongestMedianMilliseconds);
    }

    private static DurationDistribution AppendDurationOf(SqlEventStore store) =>
        store.GetStatisticsAsync().AsTask().GetAwaiter().GetResult().AppendDuration;

    private static async Task<double> AppendAsync(SqlEventStore store)
    {
        long rows = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < Duration)
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
        }))).ConfigureAwait(false);
        return rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
