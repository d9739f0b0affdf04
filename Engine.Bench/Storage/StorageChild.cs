using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using Engine.Bench.Support;
using Engine.Storage.Databases;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Bench.Storage;

/// <summary>
/// A process that writes until it is killed, and says on its output what was confirmed. To find out whether that is there afterwards.
/// </summary>
internal static class StorageChild
{
    private const string Name = "storage-child";

    /// <summary>The hidden command that makes this program the child process.</summary>
    public static Command CreateChild()
    {
        var work = new Argument<string>("work");
        var path = new Argument<string>("database");
        var command = new Command(Name) { work, path };
        command.Hidden = true;
        command.SetAction(async (arguments, _) =>
        {
            SelfProcess.EndWithStarter();
            switch (arguments.GetValue(work))
            {
                case "append":
                    await AppendAsync(arguments.GetValue(path)!).ConfigureAwait(false);
                    return 0;
                case "outbox":
                    await OutboxAsync(arguments.GetValue(path)!).ConfigureAwait(false);
                    return 0;
                case "outbox-stuck":
                    await StuckOutboxAsync(arguments.GetValue(path)!).ConfigureAwait(false);
                    return 0;
                default:
                    return 1;
            }
        });
        return command;
    }

    /// <summary>Starts the child.</summary>
    public static Process Start(string work, string database) => SelfProcess.Start(Name, work, database);

    private static async Task AppendAsync(string path)
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(path);
        var store = new SqlEventStore(database);
        await store.InitializeAsync().ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                StoredEvent[] events = [.. Enumerable.Range(0, 3).Select(static _ => NewEvent())];
                IReadOnlyList<AppendResult> results = await store.AppendAsync(events).ConfigureAwait(false);
                string text = string.Concat(events.Zip(results, static (item, result) => $"{item.Id} {result.Sequence}\n"));
                lock (database)
                {
                    Console.Out.Write(text);
                    Console.Out.Flush();
                }
            }
        }))).ConfigureAwait(false);
    }

    /// <summary>Adds rows with the child's own data in one transaction, and publishes them, until it is killed.</summary>
    private static async Task OutboxAsync(string path)
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(path);
        var store = new SqlEventStore(database);
        var outbox = new SqlOutbox(database);
        await outbox.InitializeAsync().ConfigureAwait(false);
        await using DbConnection connection = database.OpenConnection();
        await ExecuteAsync(connection, null, "CREATE TABLE IF NOT EXISTS own(id TEXT)").ConfigureAwait(false);
        await using var dispatcher = new OutboxDispatcher(outbox, OutboxPublisher.To(
            async (item, token) => await store.AppendAsync(item, token).ConfigureAwait(false)));
        dispatcher.Start();
        for (int i = 0; ; i++)
        {
            await using DbTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
            StoredEvent item = NewEvent() with { Key = $"key-{i % 3}" };
            await ExecuteAsync(connection, transaction, $"INSERT INTO own VALUES('{item.Id}')").ConfigureAwait(false);
            outbox.Add(transaction, item);
            await transaction.CommitAsync().ConfigureAwait(false);
            outbox.Wake();
            Console.Out.WriteLine(item.Id);
            Console.Out.Flush();
        }
    }

    /// <summary>Publishes the first of some rows, keeps the next ones, and waits to be killed.</summary>
    private static async Task StuckOutboxAsync(string target)
    {
        await using StorageDatabase database = OutboxSection.Open(target);
        var outbox = new SqlOutbox(database);
        await outbox.InitializeAsync().ConfigureAwait(false);
        await OutboxSection.FillAsync(outbox, 200).ConfigureAwait(false);
        int published = 0;
        await using var dispatcher = new OutboxDispatcher(outbox, OutboxPublisher.To(async (_, token) =>
        {
            if (Interlocked.Increment(ref published) <= 50)
                return;
            Console.Out.WriteLine("stuck");
            Console.Out.Flush();
            await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(false);
        }));
        dispatcher.Start();
        await Task.Delay(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static StoredEvent NewEvent() => new()
    {
        Id = Guid.NewGuid(),
        EventType = "child.event",
        Data = "{\"text\":\"something to be kept\"}"u8.ToArray(),
        Timestamp = DateTimeOffset.UtcNow,
        Source = "child",
    };
}
