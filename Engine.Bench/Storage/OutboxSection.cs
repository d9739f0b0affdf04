using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Storage.Databases;
using Engine.Storage.Outbox;
using Engine.Storage.Records;

namespace Engine.Bench.Storage;

/// <summary>The outbox: rows that wait, rows as they come, and the first one after a crash.</summary>
internal static class OutboxSection
{
    private const int Rows = 10_000;
    private const int RowsBesideCap = 2_000;
    private const int Keys = 64;
    private const int Writers = 8;
    private const double LeastRowsPerSecond = 5_000;
    private const double LongestStartMilliseconds = 1_000;
    private static readonly byte[] Data = new byte[200];

    public static void Run(Measurement measurement)
    {
        using PostgreSqlServer? server = PostgreSqlServer.Start();
        string[] databases = server is null ? ["SQLite"] : ["SQLite", "PostgreSQL"];
        RoundResult[] waiting = Measure(
            measurement, server, "outbox-waiting", $"Outbox: {Rows:N0} rows that wait, published in the order of their {Keys} keys",
            databases, "rows/s", DrainAsync);
        RoundResult[] crash = Measure(
            measurement, server, "outbox-crash", "Outbox: from the start after a crash to the first publish", databases, "ms",
            FirstAfterCrashAsync);
        for (int i = 0; i < databases.Length; i++)
        {
            double rows = Statistics.Median(waiting.Select(round => round.Values[i]));
            measurement.Report.AddTarget($"outbox, {databases[i]}, rows/s", rows, LeastRowsPerSecond, rows >= LeastRowsPerSecond);
            double start = Statistics.Median(crash.Select(round => round.Values[i]));
            measurement.Report.AddTarget(
                $"outbox, {databases[i]}, first publish after a crash, ms", start, LongestStartMilliseconds,
                start <= LongestStartMilliseconds);
        }

        if (server is not null)
            RunBesideCap(measurement, server);
    }

    /// <summary>A file of SQLite, or what connects to PostgreSQL.</summary>
    public static StorageDatabase Open(string target) => target.StartsWith("Host=", StringComparison.Ordinal)
        ? StorageDatabase.PostgreSql(target) : StorageDatabase.Sqlite(target);

    /// <summary>Adds rows, numbered within each key, in transactions of a thousand.</summary>
    public static async Task FillAsync(SqlOutbox outbox, int rows)
    {
        await using DbConnection connection = outbox.Database.OpenConnection();
        for (int first = 0; first < rows; first += 1000)
        {
            await using DbTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
            for (int i = first; i < Math.Min(rows, first + 1000); i++)
                outbox.Add(transaction, EventOf(i % Keys, i / Keys));
            await transaction.CommitAsync().ConfigureAwait(false);
        }
    }

    private static RoundResult[] Measure(
        Measurement measurement, PostgreSqlServer? server, string name, string title, string[] databases, string unit,
        Func<string, Task<double>> measure)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-bench-");
        try
        {
            RoundResult[] rounds = measurement.Rounds(name, databases.Length, variant => measure(
                variant == 0 ? Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.db") : server!.NewDatabase()).GetAwaiter().GetResult());
            measurement.Report.Add(RoundsTable.Create(name, title, databases, rounds, unit), rounds);
            return rounds;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void RunBesideCap(Measurement measurement, PostgreSqlServer server)
    {
        var disorder = new double[2];
        RoundResult[] rounds = measurement.Rounds("outbox-cap", 2, variant =>
        {
            var order = new KeyOrder(RowsBesideCap);
            Task<double> run = variant == 0
                ? PublishAsync(server.NewDatabase(), order)
                : CapOutbox.PublishAsync(server.NewDatabase(), order, Writers, Keys, Data);
            double rate = run.GetAwaiter().GetResult();
            disorder[variant] = 1000.0 * order.OutOfOrderCount / RowsBesideCap;
            return rate;
        });
        Table table = RoundsTable.Create(
            "outbox-cap", $"From one's own transaction to published, PostgreSQL, {Writers} writers", ["outbox", "CAP"], rounds, "rows/s");
        measurement.Report.Add(
            table with
            {
                Columns = [.. table.Columns, new Column("behind a later one of its key", "of 1,000")],
                Rows = [.. table.Rows.Select((row, i) => row with { Values = [.. row.Values, disorder[i]] })],
            },
            rounds);
    }

    private static async Task<double> DrainAsync(string target)
    {
        await using StorageDatabase database = Open(target);
        var outbox = new SqlOutbox(database);
        await outbox.InitializeAsync().ConfigureAwait(false);
        await FillAsync(outbox, Rows).ConfigureAwait(false);
        var order = new KeyOrder(Rows);
        await using var dispatcher = new OutboxDispatcher(outbox, PublisherTo(order));
        long start = Stopwatch.GetTimestamp();
        dispatcher.Start();
        await order.AllPublished.ConfigureAwait(false);
        double rate = Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return order.OutOfOrderCount == 0 ? rate : throw new InvalidOperationException($"{order.OutOfOrderCount} rows were out of order.");
    }

    private static async Task<double> PublishAsync(string target, KeyOrder order)
    {
        await using StorageDatabase database = Open(target);
        var outbox = new SqlOutbox(database);
        await outbox.InitializeAsync().ConfigureAwait(false);
        await using var dispatcher = new OutboxDispatcher(outbox, PublisherTo(order));
        dispatcher.Start();
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            await using DbConnection connection = database.OpenConnection();
            // A key belongs to one writer, so that its order is that of its commits.
            for (int i = writer; i < order.ExpectedCount; i += Writers)
            {
                await using DbTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
                outbox.Add(transaction, EventOf(i % Keys, i / Keys));
                await transaction.CommitAsync().ConfigureAwait(false);
                outbox.Wake();
            }
        }))).ConfigureAwait(false);
        await order.AllPublished.ConfigureAwait(false);
        return order.ExpectedCount / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> FirstAfterCrashAsync(string target)
    {
        using Process child = StorageChild.Start("outbox-stuck", target);
        if (await child.StandardOutput.ReadLineAsync().ConfigureAwait(false) is null)
            throw new InvalidOperationException("The process that was to be killed has ended by itself.");
        child.Kill();
        await child.WaitForExitAsync().ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        await using StorageDatabase database = Open(target);
        var first = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var dispatcher = new OutboxDispatcher(new SqlOutbox(database), OutboxPublisher.To((_, _) =>
        {
            first.TrySetResult(Stopwatch.GetElapsedTime(start));
            return ValueTask.CompletedTask;
        }));
        dispatcher.Start();
        return (await first.Task.ConfigureAwait(false)).TotalMilliseconds;
    }

    private static IOutboxPublisher PublisherTo(KeyOrder order) => OutboxPublisher.To((item, _) =>
    {
        order.Published(
            int.Parse(item.Key!, CultureInfo.InvariantCulture), int.Parse(item.Metadata["n"], CultureInfo.InvariantCulture));
        return ValueTask.CompletedTask;
    });

    private static StoredEvent EventOf(int key, int number) => new()
    {
        Id = Guid.CreateVersion7(),
        EventType = "bench.event",
        Data = Data,
        ContentType = "application/octet-stream",
        Timestamp = DateTimeOffset.UtcNow,
        Source = "bench",
        Key = key.ToString(CultureInfo.InvariantCulture),
        Metadata = new Dictionary<string, string> { ["n"] = number.ToString(CultureInfo.InvariantCulture) },
    };
}
