using System.Runtime.CompilerServices;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Engine.Tests.Storage.Golden;

/// <summary>A database whose tables an older build has made is renewed, and everything in it is still there.</summary>
internal sealed class GoldenDatabaseTests
{
    private const long First = 195;
    private const long Last = 214;

    [Test]
    public async Task Everything_in_a_database_of_an_older_build_is_there_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("events.db");
        Restore(path, "database-2.sql");
        var time = new ManualTime(new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using StorageDatabase database = StorageDatabase.Sqlite(path, new DatabaseOptions { TimeProvider = time });
        var store = new SqlEventStore(database);
        var events = new List<StoredEvent>();
        await foreach (StoredEvent item in store.ReadAsync())
            events.Add(item);
        Assert.That(events.Select(static item => item.Sequence), Is.EqualTo(Enumerable.Range((int)First, (int)(Last - First + 1))));
        Assert.That(events.Select(static item => item.EventType), Is.All.EqualTo("chaos.event"));
        EventStoreStatistics statistics = await store.GetStatisticsAsync();
        Assert.That(statistics.CountByType.Values.Sum(), Is.EqualTo(events.Count));
        Assert.That(statistics.DataBytes, Is.EqualTo(events.Sum(static item => item.Data.Length)));

        Assert.That((await new SqlOutbox(database).ListAsync()).Select(static row => row.Status), Is.All.EqualTo(OutboxStatus.Processed));
        DeadLetter letter = (await new SqlDeadLetters(database).ListAsync()).Single();
        Assert.That((letter.Subscription, letter.Event.EventType), Is.EqualTo(("reader", "chaos.event")));
        Assert.That((await store.AppendAsync(Support.SampleEvents.Event())).Sequence, Is.EqualTo(Last + 1));
        TrimReport trimmed = await store.TrimAsync(new EventRetention { ByType = [new TypeRetention("chaos.*", TimeSpan.FromDays(1))] });
        Assert.That((trimmed.Events, trimmed.FirstSequence), Is.EqualTo(((long)events.Count, Last + 1)));
    }

    private static void Restore(string path, string script, [CallerFilePath] string test = "")
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = File.ReadAllText(Path.Combine(Path.GetDirectoryName(test)!, script));
        command.ExecuteNonQuery();
    }
}
