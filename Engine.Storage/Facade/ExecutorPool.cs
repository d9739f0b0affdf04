using System.Collections.Concurrent;
using System.Diagnostics;
using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;

namespace Engine.Storage.Facade;

/// <summary>
/// Runs closures, a bounded number at a time, with a bounded queue: the queue and scheduler of a bus. A closure that throws fails by
/// itself; one that does not end is left behind when its token is cancelled, and its place is free. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ExecutorPool : IAsyncDisposable
{
    private readonly ExecutorPoolOptions _options;
    private readonly EventBus _bus;
    private readonly BusSubscription _queue;
    private readonly ConcurrentDictionary<WorkItem, bool> _open = [];
    private long _completed;
    private long _failed;
    private long _cancelled;
    private long _rejected;

    /// <summary>Makes a pool that is ready for work.</summary>
    /// <param name="name">A name for statistics.</param>
    /// <param name="options">How large it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ExecutorPool(string name, ExecutorPoolOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _options = options ?? new ExecutorPoolOptions();
        _options.Validate();
        _bus = new EventBus(name, new EventBusOptions());
        _queue = _bus.Subscribe<WorkItem>(
            static (item, _, token) => item.RunAsync(token),
            new BusSubscriptionOptions<WorkItem>
            {
                Name = name,
                Mode = ProcessingMode.Async,
                MaxConcurrency = _options.Parallelism == 0 ? Environment.ProcessorCount : _options.Parallelism,
                QueueCapacity = _options.QueueCapacity,
                OverflowPolicy = _options.OverflowPolicy,
                Retry = RetryOptions.None,
            });
        _bus.Start();
    }

    /// <summary>Runs a closure when there is a place for it.</summary>
    /// <param name="work">The closure.</param>
    /// <param name="cancellationToken">Ends the wait for it, whether it has begun or not; the closure gets it too.</param>
    /// <returns>Completes as the closure does.</returns>
    /// <exception cref="InvalidOperationException">The queue is full and its policy does not wait, or the pool has ended.</exception>
    public async Task ExecuteAsync(Func<CancellationToken, ValueTask> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var item = new WorkItem(work, _options.UsesDedicatedThreads, cancellationToken);
        PublishOutcome outcome = await _bus.PublishAsync(item, default, cancellationToken).ConfigureAwait(false);
        if (outcome != PublishOutcome.Published)
        {
            Interlocked.Increment(ref _rejected);
            throw new InvalidOperationException($"Pool \"{_bus.Name}\" does not take the work: {outcome}.");
        }

        _open[item] = true;
        try
        {
            // Stopped after it was taken on and before it was noted: nobody else would end it.
            if (_bus.State == LifecycleState.Stopped)
                item.Cancel();
            await item.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _completed);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failed);
            throw;
        }
        finally
        {
            _open.TryRemove(item, out _);
        }
    }

    /// <summary>What the pool does and did.</summary>
    public ExecutorPoolStatistics GetStatistics()
    {
        BusSubscriptionStatistics statistics = _bus.GetStatistics().Subscriptions.Single(entry => entry.Id == _queue.Id);
        return new ExecutorPoolStatistics(
            statistics.Queue!.InFlight, statistics.Queue.Queued, Interlocked.Read(ref _completed), Interlocked.Read(ref _failed),
            Interlocked.Read(ref _cancelled), Interlocked.Read(ref _rejected), statistics.Queue.HandlerTime, statistics.Queue.Latency);
    }

    /// <summary>Takes nothing more on, and waits for what was taken on.</summary>
    /// <param name="timeout">How long to wait; null for as long as it takes. Then what is left is cancelled.</param>
    /// <returns>What was left.</returns>
    public async Task<BusStopReport> StopAsync(TimeSpan? timeout = null)
    {
        BusStopReport report = await _bus.StopAsync(timeout).ConfigureAwait(false);
        foreach (WorkItem item in _open.Keys)
            item.Cancel();
        return report;
    }

    /// <summary>Stops without waiting.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    /// <summary>The name and what it does.</summary>
    public override string ToString() => $"{_bus.Name}: {GetStatistics()}";

    private sealed class WorkItem(Func<CancellationToken, ValueTask> work, bool hasThread, CancellationToken cancellationToken)
        : IEvent<WorkItem>
    {
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static EventDescriptor Descriptor { get; } = new("executor.work");

        public Task Completion => _completion.Task;

        public void Cancel() => _completion.TrySetCanceled(CancellationToken.None);

        public async ValueTask RunAsync(CancellationToken stopToken)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stopToken, cancellationToken);
            CancellationToken token = either.Token;
            try
            {
                token.ThrowIfCancellationRequested();
                // On a thread of its own accord, so that one that blocks can be left behind.
                Task run = hasThread
                    ? Task.Factory.StartNew(
                        () => work(token).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
                    : Task.Run(() => work(token).AsTask(), CancellationToken.None);
                await run.WaitAsync(token).ConfigureAwait(false);
                _completion.TrySetResult();
            }
            catch (OperationCanceledException error) when (token.IsCancellationRequested)
            {
                _completion.TrySetCanceled(error.CancellationToken);
            }
            catch (Exception error)
            {
                _completion.TrySetException(error);
            }
        }
    }
}

/// <summary>How large an executor pool is. Immutable.</summary>
public sealed record ExecutorPoolOptions
{
    /// <summary>Closures that run at the same time: 0 to 65,536; 0 for the number of processors.</summary>
    public int Parallelism { get; init; }

    /// <summary>Closures that wait: 1 to 16,777,216.</summary>
    public int QueueCapacity { get; init; } = 1024;

    /// <summary>What happens to one that comes when the queue is full.</summary>
    public OverflowPolicy OverflowPolicy { get; init; } = OverflowPolicy.Wait;

    /// <summary>Whether each closure begins on a thread of its own: for those that block.</summary>
    public bool UsesDedicatedThreads { get; init; }

    internal static OptionTable<ExecutorPoolOptions> Ranges { get; } = new OptionTable<ExecutorPoolOptions>("a pool")
        .With(nameof(Parallelism), OptionRange.Of(0, 65_536), static o => o.Parallelism)
        .With(nameof(QueueCapacity), OptionRange.Of(1, 1 << 24), static o => o.QueueCapacity);

    internal void Validate()
    {
        Ranges.Check(this);
        if (OverflowPolicy is not (OverflowPolicy.Wait or OverflowPolicy.Fail))
        {
            throw new ArgumentOutOfRangeException(
                nameof(OverflowPolicy), OverflowPolicy, "A pool waits or fails when its queue is full: work is not dropped.");
        }
    }
}

/// <summary>What a pool does and did.</summary>
/// <param name="Active">Closures that run.</param>
/// <param name="Queued">Closures that wait.</param>
/// <param name="Completed">Closures that ended as they should.</param>
/// <param name="Failed">Closures that threw.</param>
/// <param name="Cancelled">Closures that were cancelled, or left behind.</param>
/// <param name="Rejected">Closures that were not taken on.</param>
/// <param name="RunTime">How long closures ran.</param>
/// <param name="Latency">From being taken on to the end.</param>
public sealed record ExecutorPoolStatistics(
    long Active, long Queued, long Completed, long Failed, long Cancelled, long Rejected, DurationDistribution RunTime,
    DurationDistribution Latency);
