using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus.Calls;

/// <summary>All events that a runner has taken, for a handler of batches.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class BatchUnit<T>(
    SubscriptionQueue queue, RunnerCounters counters, Func<EventBatch<T>, CancellationToken, ValueTask> handler)
    : FlowUnit(queue, counters)
    where T : IEvent<T>
{
    private readonly EventBatch<T> _batch = new();
    private readonly EventContext _context = new();

    public override bool TakesAll => true;

    protected override EventContext BeginContext()
    {
        int depth = 0;
        foreach (QueuedEvent? queued in Events)
            depth = Math.Max(depth, queued!.Depth);
        _context.BeginBatch(First, depth);
        return _context;
    }

    protected override ValueTask CallHandler(CancellationToken cancellationToken)
    {
        foreach (QueuedEvent? queued in Events)
        {
            QueuedEvent<T> typed = Unsafe.As<QueuedEvent<T>>(queued!);
            _batch.Add(typed.Event, typed);
        }

        ValueTask task;
        try
        {
            task = handler(_batch, cancellationToken);
        }
        catch
        {
            _batch.Clear();
            throw;
        }

        if (!task.IsCompleted)
            return ClearAfterAsync(task);
        _batch.Clear();
        return task;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ClearAfterAsync(ValueTask task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        finally
        {
            _batch.Clear();
        }
    }
}
