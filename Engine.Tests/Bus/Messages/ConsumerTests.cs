using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class ConsumerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_loop_gets_messages_in_order_and_ends_with_the_subscription()
    {
        var bench = new MessageBench();
        var seen = new List<int>();
        Task loop = Task.Run(async () =>
        {
            await foreach (EventMessage message in bench.Subscription)
            {
                seen.Add(MessageBench.NumberOf(message));
                message.Ack();
            }
        });
        bench.Publish(500);
        Eventually.IsTrue(() => bench.Statistics.Acked == 500);
        await bench.Subscription.DisposeAsync();
        Assert.That(Eventually.Result(loop.ContinueWith(static t => t.Status)), Is.EqualTo(TaskStatus.RanToCompletion));
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 500)));
    }

    [Test]
    public async Task A_waiting_consumer_holds_no_thread_and_is_wakened_by_each_thing_that_makes_a_message_available()
    {
        var bench = new MessageBench(new() { OutputBuffer = 1 });
        await using IAsyncEnumerator<EventMessage> consumer = bench.Subscription.GetAsyncEnumerator();
        EventMessage message = await Next("a publish", () => bench.Publish(2));
        message = await Next("room in the output buffer", () => message.Ack());
        message = await Next("an expired lease", () => bench.Time.Advance(Lease));
        message = await Next("the end of a delay", () =>
        {
            message.Nack(TimeSpan.FromSeconds(5));
            bench.Time.Advance(TimeSpan.FromSeconds(5));
        });
        message = await Next("a release", () => message.Release());
        message.Park("later");
        message = await Next("a requeue", () => bench.Subscription.Requeue(bench.Subscription.GetParked().Single()));
        Assert.That(message.Attempt, Is.EqualTo(1));

        async Task<EventMessage> Next(string what, Action make)
        {
            ValueTask<bool> wait = consumer.MoveNextAsync();
            Assert.That(wait.IsCompleted, Is.False, "before " + what);
            make();
            Assert.That(Eventually.Result(wait.AsTask()), Is.True, what);
            return await Task.FromResult(consumer.Current);
        }
    }

    [Test]
    public void A_cancelled_loop_throws_and_the_next_consumer_gets_everything()
    {
        var bench = new MessageBench();
        using var source = new CancellationTokenSource();
        IAsyncEnumerator<EventMessage> cancelled = bench.Subscription.GetAsyncEnumerator(source.Token);
        IAsyncEnumerator<EventMessage> other = bench.Subscription.GetAsyncEnumerator();
        Task<bool> first = cancelled.MoveNextAsync().AsTask();
        Task<bool> second = other.MoveNextAsync().AsTask();
        source.Cancel();
        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        bench.Publish(1);
        Assert.That(Eventually.Result(second), Is.True);
        Assert.That(other.Current.Attempt, Is.EqualTo(1));
        Assert.That(
            async () => await bench.Subscription.GetAsyncEnumerator(source.Token).MoveNextAsync(),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_wake_up_that_meets_a_cancelled_consumer_goes_to_the_next()
    {
        for (int round = 0; round < 2_000; round++)
        {
            var bench = new MessageBench();
            using var source = new CancellationTokenSource();
            Task<bool> cancelled = bench.Subscription.GetAsyncEnumerator(source.Token).MoveNextAsync().AsTask();
            Task<bool> other = bench.Subscription.GetAsyncEnumerator().MoveNextAsync().AsTask();
            Threads.Run(source.Cancel, () => bench.Publish(1));
            bool isTaken = Eventually.Result(cancelled.ContinueWith(static t => t.IsCompletedSuccessfully));
            if (!isTaken)
                Assert.That(Eventually.Result(other), Is.True);
        }
    }

    [Test]
    public async Task Consumers_compete_and_each_message_goes_to_one()
    {
        var bench = new MessageBench(new() { OutputBuffer = 3 });
        int[] seen = new int[2_001];
        Task[] consumers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await foreach (EventMessage message in bench.Subscription)
            {
                Interlocked.Increment(ref seen[MessageBench.NumberOf(message)]);
                await Task.Yield();
                message.Ack();
            }
        }))];
        bench.Publish(2_000);
        Eventually.IsTrue(() => bench.Statistics.Acked == 2_000);
        await bench.Subscription.DisposeAsync();
        Assert.That(consumers, Has.All.Matches<Task>(static task => task.Wait(Eventually.HangGuard)));
        Assert.That(seen.Skip(1), Is.All.EqualTo(1));
    }

    [Test]
    public void The_output_buffer_bounds_what_is_handed_out()
    {
        var bench = new MessageBench(new() { OutputBuffer = 2 });
        bench.Publish(5);
        EventMessage first = bench.Take();
        bench.Take();
        Assert.That(bench.IsEmpty, Is.True);
        first.Ack();
        Assert.That((bench.Take().Sequence, bench.IsEmpty), Is.EqualTo((3L, true)));
    }

    [Test]
    public async Task A_handler_that_returns_acks_and_one_that_throws_nacks()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 2 } });
        var failure = new InvalidOperationException("no stock");
        using var source = new CancellationTokenSource();
        Task run = bench.Subscription.RunAsync(
            (message, _) => MessageBench.NumberOf(message) switch
            {
                1 => ValueTask.CompletedTask,
                2 => ValueTask.FromException(failure),
                3 => throw new OperationCanceledException("of something else"),
                _ => new ValueTask(Task.Run(() => message.Skip())),
            },
            cancellationToken: source.Token);
        bench.Publish(4);
        Eventually.IsTrue(() => bench.Statistics is { Acked: 1, Nacked: 2, Skipped: 1 });
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Eventually.IsTrue(() => bench.Statistics.Parked == 2);
        await source.CancelAsync();
        Assert.That(run.Wait(Eventually.HangGuard), Is.True, "ends without an exception");
        Assert.That(
            bench.Subscription.GetParked().Select(static parked => parked.Failure.Exception?.Message),
            Is.EqualTo(new[] { "no stock", "of something else" }));
        Assert.That(bench.Statistics.IsBalanced, Is.True);
    }

    [Test]
    public async Task Cancellation_is_no_failure()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 1 } });
        using var source = new CancellationTokenSource();
        // What comes after it must not run inside the handler.
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task run = bench.Subscription.RunAsync(
            async (_, token) =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            },
            cancellationToken: source.Token);
        bench.Publish(1);
        await entered.Task;
        await source.CancelAsync();
        Assert.That(run.Wait(Eventually.HangGuard), Is.True);
        Assert.That(bench.Statistics, Has.Property("Released").EqualTo(1).And.Property("Parked").Zero.And.Property("Nacked").Zero);
        Assert.That(bench.Take().Attempt, Is.EqualTo(1));
    }

    [Test]
    public async Task Handlers_run_up_to_the_concurrency_and_no_further()
    {
        var bench = new MessageBench();
        using var source = new CancellationTokenSource();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        int most = 0;
        Task run = bench.Subscription.RunAsync(
            async (_, _) =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await gate.Task;
                Interlocked.Decrement(ref running);
            },
            maxConcurrency: 3,
            source.Token);
        bench.Publish(50);
        Eventually.IsTrue(() => Volatile.Read(ref running) == 3);
        gate.SetResult();
        Eventually.IsTrue(() => bench.Statistics.Acked == 50);
        await source.CancelAsync();
        await run;
        Assert.That(most, Is.EqualTo(3));

        static void InterlockedMax(ref int target, int value)
        {
            int seen = Volatile.Read(ref target);
            while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is var found && found != seen)
                seen = found;
        }
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        var bench = new MessageBench(new() { OutputBuffer = 8 });
        Assert.That(() => bench.Subscription.RunAsync(null!), Throws.ArgumentNullException);
        Assert.That(
            () => bench.Subscription.RunAsync(static (_, _) => default, 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("maxConcurrency"));
        Assert.That(
            () => bench.Subscription.ReadBatchesAsync(9, TimeSpan.Zero),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 8"));
        Assert.That(
            () => bench.Subscription.ReadBatchesAsync(1, Lease),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("shorter than the lease"));
        Assert.That(() => bench.Subscription.Requeue(null!), Throws.ArgumentNullException);
    }
}
