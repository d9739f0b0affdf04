using System.Diagnostics;
using System.Text;
using Engine.Bench.Storage;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

/// <summary>What holds for the file beside the contract.</summary>
internal sealed class SqliteStoreTests
{
    private TemporaryFolder _folder = null!;

    private string Path => _folder.PathOf("events.db");

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Erased_bytes_are_in_no_file()
    {
        byte[] marker = Encoding.UTF8.GetBytes("a-secret-that-must-go-" + new string('y', 5000));
        byte[] sign = marker[..20];
        await using StorageDatabase database = StorageDatabase.Sqlite(Path);
        var store = new SqlEventStore(database);
        StoredEvent[] items = [.. Many(50), Event() with { Data = marker }, .. Many(50)];
        await store.AppendAsync(items);
        Assert.That(FilesHold(sign), Is.True);
        Assert.That(await store.DeleteAsync(items[50].Id, "test", "test"), Is.EqualTo(EraseOutcome.Erased));
        Assert.That(FilesHold(sign), Is.False);
    }

    [Test]
    public async Task An_erasure_that_a_reader_holds_up_says_so()
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(Path);
        var store = new SqlEventStore(database);
        StoredEvent item = Event(data: "a-secret-that-must-go");
        await store.AppendAsync([item, .. Many(3)]);
        await using (System.Data.Common.DbConnection reader = database.OpenConnection())
        {
            await using System.Data.Common.DbCommand command = reader.CreateCommand();
            command.CommandText = "BEGIN; SELECT COUNT(*) FROM events";
            await command.ExecuteScalarAsync();
            Assert.That(await store.DeleteAsync(item.Id, "test", "test"), Is.EqualTo(EraseOutcome.ErasedPendingCleanUp));
        }

        Assert.That((await store.GetAsync(item.Id))!.IsErased, Is.True);
        await store.AppendAsync(Event());
        // The append is confirmed before the log is emptied behind it; the second one comes after that.
        await store.AppendAsync(Event());
        Assert.That(FilesHold(Encoding.UTF8.GetBytes("a-secret-that-must-go")), Is.False, "the next write has done it");
    }

    [Test]
    public async Task The_log_stays_within_its_bounds()
    {
        await using StorageDatabase database = StorageDatabase.Sqlite(Path, new DatabaseOptions { MaxWalBytes = 1 << 20 });
        var store = new SqlEventStore(database);
        byte[] data = new byte[100_000];
        for (int i = 0; i < 60; i++)
        {
            await store.AppendAsync(Event() with { Data = data });
            Assert.That(new FileInfo(Path + "-wal").Length, Is.LessThan(2 << 20));
        }
    }

    [Test]
    public async Task What_was_confirmed_is_there_after_a_kill([Range(1, 3)] int round)
    {
        var confirmed = new List<(Guid Id, long Sequence)>();
        for (int run = 0; run < 2; run++)
        {
            using Process child = StorageChild.Start("append", Path);
            int wanted = 40 * round;
            while (wanted-- > 0 && child.StandardOutput.ReadLine() is { } line)
                confirmed.Add((Guid.Parse(line.Split(' ')[0]), long.Parse(line.Split(' ')[1])));
            child.Kill();
            // What the child confirmed until it was killed counts, too; the last line may be cut.
            string rest = child.StandardOutput.ReadToEnd();
            foreach (string line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
                confirmed.Add((Guid.Parse(line.Split(' ')[0]), long.Parse(line.Split(' ')[1])));
            child.WaitForExit();
        }

        await using StorageDatabase database = StorageDatabase.Sqlite(Path);
        var store = new SqlEventStore(database);
        foreach ((Guid id, long sequence) in confirmed)
            Assert.That((await store.GetBySequenceAsync(sequence))?.Id, Is.EqualTo(id));
        long expected = 0;
        await foreach (StoredEvent item in store.ReadAsync())
            Assert.That(item.Sequence, Is.EqualTo(++expected));
        Assert.That(expected, Is.GreaterThanOrEqualTo(confirmed.Count));
        Assert.That((await store.AppendAsync(Event())).Sequence, Is.EqualTo(expected + 1));
    }

    [Test]
    public async Task A_file_that_is_no_database_is_an_error_that_names_it()
    {
        await File.WriteAllTextAsync(Path, new string('x', 8192));
        await using StorageDatabase database = StorageDatabase.Sqlite(Path);
        StorageException error = Assert.ThrowsAsync<StorageException>(() => new SqlEventStore(database).InitializeAsync())!;
        Assert.That(error.Operation, Is.EqualTo("opening the database"));
    }

    private bool FilesHold(byte[] bytes) =>
        Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!).Any(file =>
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray().AsSpan().IndexOf(bytes) >= 0;
        });
}
