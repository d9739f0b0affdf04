using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Sourcing;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class ProjectionTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;
    private SqlEventStore _store = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _store = new SqlEventStore(_database.Open());
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task Events_and_place_are_committed_together_and_a_failure_undoes_its_step()
    {
        await _store.AppendAsync([.. Many(25), Event("other.thing"), .. Many(5)]);
        bool fails = true;
        Projection counts = Counts(_store, item => fails && item.Sequence == 18);
        ProjectionException error = Assert.ThrowsAsync<ProjectionException>(() => counts.CatchUpAsync())!;
        Assert.That(error.Event.Sequence, Is.EqualTo(18));
        Assert.That(await SumAsync(1), Is.EqualTo(10), "the first step, and nothing of the second");
        Assert.That(await counts.GetStatusAsync(), Is.EqualTo(new ProjectionStatus(1, 10, 31)));
        fails = false;
        Assert.That(await Counts(new SqlEventStore(_database.Open())).CatchUpAsync(), Is.EqualTo(20));
        Assert.That(await counts.CatchUpAsync(), Is.Zero);
        Assert.That((await SumAsync(1), (await counts.GetStatusAsync()).Lag), Is.EqualTo((30L, 0L)));
    }

    [Test]
    public async Task Several_that_run_at_once_apply_each_event_once()
    {
        Projection[] all = [Counts(_store), Counts(new SqlEventStore(_database.Open())), Counts(new SqlEventStore(_database.Open()))];
        using var stop = new CancellationTokenSource();
        Task[] runs = [.. all.Select(projection => Task.Run(() => projection.RunAsync(stop.Token)))];
        for (int i = 0; i < 20; i++)
            await _store.AppendAsync(Many(7));
        while ((await all[0].GetStatusAsync()).Lag > 0)
            await Task.Delay(5);
        await stop.CancelAsync();
        await Task.WhenAll(runs);
        Assert.That(await SumAsync(1), Is.EqualTo(140));
    }

    [Test]
    public async Task A_rebuild_goes_on_beside_the_one_in_use_and_takes_its_place()
    {
        await _store.AppendAsync(Many(35));
        Projection counts = Counts(_store);
        await counts.CatchUpAsync();
        int calls = 0;
        Projection rebuilt = Counts(_store, item =>
        {
            // While it is built anew, the one in use is used, and more comes.
            if (calls++ == 12)
            {
                Assert.That(SumAsync(1).Result, Is.EqualTo(35));
            }

            return false;
        });
        Assert.That(await rebuilt.RebuildAsync(), Is.EqualTo(2));
        Assert.That((await SumAsync(2), (await counts.GetStatusAsync()).Generation), Is.EqualTo((35L, 2)));
        await _store.AppendAsync(Many(3));
        await counts.CatchUpAsync();
        Assert.That((await SumAsync(1), await SumAsync(2)), Is.EqualTo((35L, 38L)));

        // One that is broken off begins anew.
        Assert.ThrowsAsync<ProjectionException>(() => Counts(_store, static item => item.Sequence == 20).RebuildAsync());
        Assert.That((await counts.GetStatusAsync()).Generation, Is.EqualTo(2));
        Assert.That(await counts.RebuildAsync(), Is.EqualTo(3));
        Assert.That(await SumAsync(3), Is.EqualTo(38));
    }

    [Test]
    public async Task Rebuilds_at_the_same_time_leave_what_is_in_use_whole()
    {
        await _store.AppendAsync(Many(35));
        await Counts(_store).CatchUpAsync();
        int refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                try
                {
                    await Counts(_store).RebuildAsync();
                }
                catch (InvalidOperationException error) when (error is not ProjectionException)
                {
                    Interlocked.Increment(ref refused);
                }

                ProjectionStatus status = await Counts(_store).GetStatusAsync();
                Assert.That((status.Lag, await SumAsync(status.Generation)), Is.EqualTo((0L, 35L)));
            }
        })));
        int generation = (await Counts(_store).GetStatusAsync()).Generation;
        Assert.That(generation, Is.EqualTo(1 + (12 - refused)), "each that was not refused has switched once");
    }

    [Test]
    public async Task A_database_that_fails_between_the_steps_is_told_as_such()
    {
        await _store.AppendAsync(Many(3));
        await _store.Database.WriteAsync("test", static session => session.Execute("ALTER TABLE projections RENAME TO away"));
        Assert.ThrowsAsync<StorageException>(() => Counts(_store).CatchUpAsync());
    }

    [Test]
    public async Task What_was_trimmed_before_it_was_applied_is_told_and_may_end_the_run()
    {
        await _store.AppendAsync(Many(35));
        await _store.TrimAsync(new EventRetention { UpTo = 12 });
        var gaps = new List<SequenceGap>();
        Assert.That(await Counts(_store, onGap: gaps.Add).CatchUpAsync(), Is.EqualTo(23));
        Assert.That(gaps, Is.EqualTo(new[] { new SequenceGap(1, 12) }));
        Projection strict = Counts(_store, onGap: static _ => throw new InvalidOperationException("not without them"));
        Assert.ThrowsAsync<InvalidOperationException>(() => strict.RebuildAsync());
        Assert.That(await strict.GetStatusAsync(), Is.EqualTo(new ProjectionStatus(1, 35, 35)), "what is in use is as it was");
    }

    private static Projection Counts(
        SqlEventStore store, Func<StoredEvent, bool>? fails = null, Action<SequenceGap>? onGap = null) => new(
        store, "counts", ["order.*"],
        (context, item, _) =>
        {
            if (fails?.Invoke(item) == true)
                throw new InvalidOperationException("no");
            context.Execute($"UPDATE counts_{context.Generation} SET n = n + 1");
            return ValueTask.CompletedTask;
        },
        new ProjectionOptions
        {
            BatchSize = 10,
            OnGap = onGap,
            Prepare = static (context, _) =>
            {
                context.Execute($"DROP TABLE IF EXISTS counts_{context.Generation}");
                context.Execute($"CREATE TABLE counts_{context.Generation}(n BIGINT NOT NULL)");
                context.Execute($"INSERT INTO counts_{context.Generation} VALUES(0)");
                return ValueTask.CompletedTask;
            },
        });

    private async Task<long> SumAsync(int generation) =>
        (await _store.Database.QueryAsync("test", $"SELECT n FROM counts_{generation}", static row => row.GetInt64(0), [], default))[0];
}
