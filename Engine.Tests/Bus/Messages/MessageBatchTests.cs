using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class MessageBatchTests
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Full_batches_come_at_once_and_the_rest_after_the_wait()
    {
        var bench = new MessageBench();
        bench.Publish(7);
        await using IAsyncEnumerator<MessageBatch> batches = bench.Subscription.ReadBatchesAsync(3, MaxWait).GetAsyncEnumerator();
        Assert.That(await NumbersOfNext(), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(batches.Current.AckAll(), Is.EqualTo(3));
        Assert.That(await NumbersOfNext(), Is.EqualTo(new[] { 4, 5, 6 }));
        Assert.That(batches.Current[0].Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That(batches.Current.NackAll(TimeSpan.FromHours(1)), Is.EqualTo(2), "those not settled yet");
        Task<int[]> rest = NumbersOfNext();
        bench.Time.Advance(MaxWait - TimeSpan.FromMilliseconds(1));
        Assert.That(rest.IsCompleted, Is.False);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(Eventually.Result(rest), Is.EqualTo(new[] { 7 }));
        Assert.That(batches.Current.ReleaseAll(), Is.EqualTo(1));
        Assert.That(
            bench.Statistics, Has.Property("Acked").EqualTo(4).And.Property("Nacked").EqualTo(2).And.Property("Released").EqualTo(1));

        async Task<int[]> NumbersOfNext()
        {
            Assert.That(await batches.MoveNextAsync(), Is.True);
            return [.. batches.Current.Select(MessageBench.NumberOf)];
        }
    }

    [Test]
    public void The_wait_begins_with_the_first_message()
    {
        var bench = new MessageBench();
        IAsyncEnumerator<MessageBatch> batches = bench.Subscription.ReadBatchesAsync(3, MaxWait).GetAsyncEnumerator();
        Task<bool> next = batches.MoveNextAsync().AsTask();
        bench.Time.Advance(MaxWait);
        Assert.That(next.IsCompleted, Is.False, "there are no empty batches");
        bench.Publish(1);
        Eventually.IsTrue(() => bench.Statistics.InFlight == 1);
        // The reader arms its wait after it has taken the message, on another thread.
        Eventually.IsTrue(() =>
        {
            bench.Time.Advance(MaxWait / 5);
            return next.IsCompleted;
        });
        Assert.That(batches.Current, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_cancelled_reader_gives_the_unfinished_batch_back()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 1 } });
        bench.Publish(2);
        using var source = new CancellationTokenSource();
        Task<bool> next = bench.Subscription.ReadBatchesAsync(3, MaxWait, source.Token).GetAsyncEnumerator().MoveNextAsync().AsTask();
        Eventually.IsTrue(() => bench.Statistics.InFlight == 2);
        await source.CancelAsync();
        Assert.That(async () => await next, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            bench.Statistics, Has.Property("Released").EqualTo(2).And.Property("Waiting").EqualTo(2).And.Property("IsBalanced").True);
        Assert.That((bench.Take().Sequence, bench.Take().Attempt), Is.EqualTo((1L, 1)));
    }

    [Test]
    public async Task A_subscription_that_ends_gets_the_unfinished_batch_back()
    {
        var bench = new MessageBench();
        bench.Publish(2);
        Task<bool> next = bench.Subscription.ReadBatchesAsync(3, MaxWait).GetAsyncEnumerator().MoveNextAsync().AsTask();
        Eventually.IsTrue(() => bench.Statistics.InFlight == 2);
        await bench.Subscription.DisposeAsync();
        Assert.That(Eventually.Result(next), Is.False);
        Assert.That(bench.Statistics, Has.Property("Waiting").EqualTo(2).And.Property("InFlight").Zero);
    }
}
