using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

/// <summary>How those who wait hear of appends of other processes.</summary>
internal sealed class TailTests
{
    [Test]
    public async Task PostgreSql_tells_those_who_wait_and_no_other_store()
    {
        await using var database = new DatabaseUnderTest(StorageKind.PostgreSql);
        await using var elsewhere = new DatabaseUnderTest(StorageKind.PostgreSql);
        // Without being told they would wait for an hour.
        var options = new EventStoreOptions { PollInterval = TimeSpan.FromHours(1) };
        var writer = new SqlEventStore(database.Open());
        var reader = new SqlEventStore(database.Open(), options);
        var stranger = new SqlEventStore(elsewhere.Open(), options);
        Task<long> none = stranger.WaitForTailAsync(0).AsTask();
        for (int i = 0; i < 3; i++)
        {
            Task<long> wait = reader.WaitForTailAsync(i).AsTask();
            await writer.AppendAsync(Event());
            Assert.That(await wait.WaitAsync(TimeSpan.FromMinutes(5)), Is.EqualTo(i + 1));
        }

        Assert.That(none.IsCompleted, Is.False);
        await new SqlEventStore(elsewhere.Open()).AppendAsync(Event());
        Assert.That(await none.WaitAsync(TimeSpan.FromMinutes(5)), Is.EqualTo(1));
    }
}
