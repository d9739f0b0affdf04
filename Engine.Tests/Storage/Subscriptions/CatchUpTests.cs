using System.Collections.Concurrent;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Subscriptions;

/// <summary>
/// From history to live, while eight writers append: whenever a subscription begins, stops and begins again, it gets each event once and in
/// its place.
/// </summary>
internal sealed class CatchUpTests
{
    private const int Writers = 8;

    [TestCase(12)]
    [TestCase(1000, Category = "Soak", Explicit = true)]
    public async Task Catching_up_leaves_out_nothing_and_repeats_nothing(int schedules)
    {
        for (int seed = 1; seed <= schedules; seed++)
            await RunAsync(seed);
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        await using var database = new DatabaseUnderTest(StorageKind.Sqlite);
        var store = new SqlEventStore(database.Open());
        int[] batches = [.. Enumerable.Range(0, Writers).Select(_ => random.Next(1, 8))];
        int[] sizes = [.. Enumerable.Range(0, Writers).Select(_ => random.Next(1, 6))];
        int total = Enumerable.Range(0, Writers).Sum(i => batches[i] * sizes[i]);
        int startAt = random.Next(total + 1);
        int[] stops = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, total + 1)).Append(total).Distinct().Order()];
        var options = new DurableSubscriptionOptions
        {
            Start = StartPoint.Beginning,
            Capacity = random.Next(1, 64),
            CheckpointCount = random.Next(1, 40),
            KeepsKeyOrder = random.Next(2) == 0,
        };

        Task[] writing = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < batches[writer]; i++)
                await store.AppendAsync(SampleEvents.Many(sizes[writer]));
        }))];
        while ((await ((IEventLog)store).GetExtentAsync()).LastSequence < startAt)
            await Task.Yield();

        var seen = new ConcurrentQueue<long>();
        int caughtUp = 0;
        foreach (int stopAt in stops)
        {
            var subscription = new DurableSubscription(
                store, "reader", ["**"], options with { OnCaughtUp = _ => Interlocked.Increment(ref caughtUp) });
            using var stop = new CancellationTokenSource(Eventually.HangGuard);
            await subscription.RunAsync(
                (delivery, _) =>
                {
                    seen.Enqueue(delivery.Event.Sequence);
                    if (seen.Count >= stopAt)
                        stop.Cancel();
                    return ValueTask.CompletedTask;
                },
                cancellationToken: stop.Token);
        }

        await Task.WhenAll(writing);
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, total)), $"seed {seed}");
        Assert.That(caughtUp, Is.LessThanOrEqualTo(stops.Length), $"seed {seed}: at most once a run");
    }
}
