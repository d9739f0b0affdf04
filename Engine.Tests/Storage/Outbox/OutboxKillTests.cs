using System.Data.Common;
using System.Diagnostics;
using Engine.Bench.Storage;
using Engine.Storage.Databases;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Outbox;

/// <summary>A process that adds and publishes is killed again and again.</summary>
internal sealed class OutboxKillTests
{
    [Test]
    public async Task What_was_committed_is_published_once_and_in_order_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("events.db");
        var confirmed = new HashSet<Guid>();
        for (int round = 1; round <= 3; round++)
        {
            using Process child = StorageChild.Start("outbox", path);
            for (int i = 0; i < 7 * round && child.StandardOutput.ReadLine() is { } line; i++)
                confirmed.Add(Guid.Parse(line));
            child.Kill();
            child.WaitForExit();
        }

        await using StorageDatabase database = StorageDatabase.Sqlite(path);
        var store = new SqlEventStore(database);
        var outbox = new SqlOutbox(database);
        var dispatcher = new OutboxDispatcher(outbox, OutboxPublisher.To(store));
        // The killed process's rows are free at once: no lease is waited for.
        while (await dispatcher.DispatchAsync() > 0)
        {
        }

        var own = new List<Guid>();
        await using (DbConnection connection = database.OpenConnection())
        {
            await using DbCommand command = connection.CreateCommand();
            command.CommandText = "SELECT id FROM own ORDER BY rowid";
            await using DbDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                own.Add(reader.GetGuid(0));
        }

        var published = new List<StoredEvent>();
        await foreach (StoredEvent item in store.ReadAsync())
            published.Add(item);
        Assert.That(confirmed, Is.SubsetOf(own));
        Assert.That(published.Select(static item => item.Id), Is.EquivalentTo(own));
        foreach (IGrouping<string?, StoredEvent> key in published.GroupBy(static item => item.Key))
        {
            Assert.That(
                key.Select(item => own.IndexOf(item.Id)), Is.Ordered, "rows of a key are published in the order in which they were added");
        }
    }
}
