using Engine.Bench.Chaos;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;

namespace Engine.Tests.Storage.Stores;

/// <summary>A store on a file system that is really full.</summary>
internal sealed class FullDiskTests
{
    private const int Bytes = 4 << 20;

    [Test]
    public async Task What_is_not_stored_is_told_what_was_stays_and_with_room_it_goes_on()
    {
        using LimitedDisk? disk = LimitedDisk.TryCreate(Bytes);
        if (disk is null)
            Assert.Inconclusive("This test needs the right to mount a file system.");
        string path = Path.Combine(disk!.Path, "events.db");
        string ballast = Path.Combine(disk.Path, "ballast");
        File.WriteAllBytes(ballast, new byte[Bytes / 2]);
        var stored = new List<Guid>();
        StoredEvent? refused = null;
        await using (StorageDatabase database = StorageDatabase.Sqlite(path, new DatabaseOptions { MaxWalBytes = 1 << 20 }))
        {
            var store = new SqlEventStore(database);
            while (refused is null)
            {
                StoredEvent item = SampleEvents.Event(data: $"\"{new string('x', 20_000)}\"");
                try
                {
                    await store.AppendAsync(item);
                    stored.Add(item.Id);
                }
                catch (StorageException)
                {
                    refused = item;
                }
            }

            Assert.That(stored, Is.Not.Empty);
            File.Delete(ballast);
            Assert.That((await store.AppendAsync(refused)).Sequence, Is.EqualTo(stored.Count + 1));
            stored.Add(refused.Id);
        }

        await using StorageDatabase again = StorageDatabase.Sqlite(path);
        var found = new List<Guid>();
        await foreach (StoredEvent item in new SqlEventStore(again).ReadAsync())
            found.Add(item.Id);
        Assert.That(found, Is.EqualTo(stored));
    }
}
