using Engine.Primitives;
using Engine.Storage.Facade;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Facade;

internal sealed class ExecutorPoolTests
{
    [Test]
    public async Task Closures_run_side_by_side_up_to_the_bound_and_one_that_throws_ends_nothing([Values] bool hasThreads)
    {
        await using var pool = new ExecutorPool("test", new() { Parallelism = 2, UsesDedicatedThreads = hasThreads });
        using var gate = new ManualResetEventSlim();
        int running = 0;
        Task[] tasks = [.. Enumerable.Range(0, 5).Select(_ => pool.ExecuteAsync(_ =>
        {
            Interlocked.Increment(ref running);
            gate.Wait(CancellationToken.None);
            return ValueTask.CompletedTask;
        }))];
        Eventually.IsTrue(() => Volatile.Read(ref running) == 2 && pool.GetStatistics().Queued == 3);
        Assert.That(pool.GetStatistics().Active, Is.EqualTo(2));
        gate.Set();
        await Task.WhenAll(tasks);
        Assert.ThrowsAsync<FormatException>(() => pool.ExecuteAsync(static _ => throw new FormatException()));
        await pool.ExecuteAsync(static _ => ValueTask.CompletedTask);
        ExecutorPoolStatistics statistics = pool.GetStatistics();
        Assert.That((statistics.Completed, statistics.Failed), Is.EqualTo((6L, 1L)));
    }

    [Test]
    public async Task A_closure_that_is_cancelled_gives_its_place_free_even_if_it_blocks()
    {
        await using var pool = new ExecutorPool("test", new() { Parallelism = 1 });
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        Task stuck = pool.ExecuteAsync(
            _ =>
            {
                started.Set();
                gate.Wait(CancellationToken.None);
                return ValueTask.CompletedTask;
            },
            cancel.Token);
        Eventually.IsOpen(started);
        await cancel.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => stuck);
        await pool.ExecuteAsync(static _ => ValueTask.CompletedTask);
        gate.Set();
        Assert.That(pool.GetStatistics().Cancelled, Is.EqualTo(1));
    }

    [Test]
    public async Task A_full_queue_that_does_not_wait_refuses_and_a_stopped_pool_leaves_nobody_waiting()
    {
        var pool = new ExecutorPool("test", new() { Parallelism = 1, QueueCapacity = 1, OverflowPolicy = OverflowPolicy.Fail });
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        Task one = pool.ExecuteAsync(_ =>
        {
            started.Set();
            gate.Wait(CancellationToken.None);
            return ValueTask.CompletedTask;
        });
        Eventually.IsOpen(started);
        Task two = pool.ExecuteAsync(static _ => ValueTask.CompletedTask);
        Assert.ThrowsAsync<InvalidOperationException>(() => pool.ExecuteAsync(static _ => ValueTask.CompletedTask));
        Assert.That(pool.GetStatistics().Rejected, Is.EqualTo(1));
        await pool.StopAsync(TimeSpan.Zero);
        Assert.CatchAsync<OperationCanceledException>(() => one);
        Assert.CatchAsync<OperationCanceledException>(() => two);
        Assert.ThrowsAsync<InvalidOperationException>(() => pool.ExecuteAsync(static _ => ValueTask.CompletedTask));
        gate.Set();
    }
}
