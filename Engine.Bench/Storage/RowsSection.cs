using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Bench.Storage;

/// <summary>
/// How long it takes to find events in a store of ten million. Filling it takes many minutes and some gigabytes, so it is done only when it
/// is asked for by name.
/// </summary>
internal static class RowsSection
{
    private const int Rows = 10_000_000;
    private const int Batch = 1000;
    private const int Types = 16;
    private const int Questions = 1000;
    private const int Limit = 10;
    private const double MaxMilliseconds = 1;
    private static readonly byte[] Data = new byte[100];

    public static void Run(Measurement measurement)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-bench-");
        try
        {
            AskAsync(measurement, Path.Combine(folder.FullName, "events.db")).GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AskAsync(Measurement measurement, string path)
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(path);
        // What is in memory would not be looked for.
        var store = new SqlEventStore(database, new EventStoreOptions { CacheCount = 0 });
        (Guid Id, DateTimeOffset At)[] known = await FillAsync(measurement, store).ConfigureAwait(false);
        (string Name, Func<int, Task<int>> Ask)[] questions =
        [
            ("by id", async i => await store.GetAsync(known[i].Id).ConfigureAwait(false) is null ? 0 : 1),
            ("the newest of a type", async i => (await store.GetByTypeAsync(TypeOf(i), Limit).ConfigureAwait(false)).Count / Limit),
            ("from a time on", async i => (await store.ReadPageAsync(
                1, new EventFilter { From = known[i].At }, limit: Limit).ConfigureAwait(false)).Events.Count / Limit),
            ("of a type from a time on", async i => (await store.ReadPageAsync(
                1, EventFilter.OfTypes(TypeOf(i)) with { From = known[i].At }, limit: Limit).ConfigureAwait(false)).Events.Count / Limit),
        ];
        var p99 = new double[questions.Length];
        RoundResult[] rounds = measurement.Rounds("rows", questions.Length, variant =>
        {
            double[] times = TimesOfAsync(known.Length, questions[variant].Ask).GetAwaiter().GetResult();
            p99[variant] = times[times.Length * 99 / 100];
            return times[times.Length / 2];
        });
        string[] names = [.. questions.Select(static question => question.Name)];
        Table table = RoundsTable.Create("rows", $"{Limit} events, or one, of {Rows:N0} on SQLite", names, rounds, "ms");
        measurement.Report.Add(
            table with
            {
                Columns = [.. table.Columns, new Column("99th percentile", "ms")],
                Rows = [.. table.Rows.Select((row, i) => row with { Values = [.. row.Values, p99[i]] })],
            },
            rounds);
        for (int i = 0; i < questions.Length; i++)
        {
            double median = Statistics.Median(rounds.Select(round => round.Values[i]));
            measurement.Report.AddTarget(
                $"{Rows:N0} rows, {questions[i].Name}, ms", median, MaxMilliseconds, median <= MaxMilliseconds);
        }
    }

    private static async Task<double[]> TimesOfAsync(int count, Func<int, Task<int>> ask)
    {
        var random = new Random(1);
        var times = new double[Questions];
        for (int n = 0; n < Questions; n++)
        {
            // Not among the last ones, so that there are as many as are asked for.
            int i = random.Next(count * 9 / 10);
            long start = Stopwatch.GetTimestamp();
            if (await ask(i).ConfigureAwait(false) != 1)
                throw new InvalidOperationException("Events that are there were not found.");
            times[n] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    private static async Task<(Guid Id, DateTimeOffset At)[]> FillAsync(Measurement measurement, SqlEventStore store)
    {
        var known = new (Guid Id, DateTimeOffset At)[Rows / Batch];
        var batch = new StoredEvent[Batch];
        for (int i = 0; i < known.Length; i++)
        {
            for (int n = 0; n < Batch; n++)
            {
                batch[n] = new StoredEvent
                {
                    Id = Guid.CreateVersion7(),
                    EventType = TypeOf(n),
                    Data = Data,
                    ContentType = "application/octet-stream",
                    Timestamp = DateTimeOffset.UtcNow,
                    Source = "bench",
                };
            }

            await store.AppendAsync(batch).ConfigureAwait(false);
            known[i] = (batch[0].Id, DateTimeOffset.UtcNow);
            if (i % 100 == 0)
                measurement.Progress.Step($"rows, {(long)i * Batch:N0} of {Rows:N0} stored");
        }

        return known;
    }

    private static string TypeOf(int i) => $"bench.event{i % Types}";
}
