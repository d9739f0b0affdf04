using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Bus.Retry;
using Engine.Primitives;

namespace Engine.Bus.Handlers;

internal enum HandlerOutcome
{
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>
/// Counts and times calls. Each thread with a slot of its own writes a cell of its own without atomic operations, the rest
/// share the last cell; reading adds up the cells. A thread's first call allocates its cell.
/// </summary>
internal sealed class HandlerMeter(TimeProvider timeProvider, IRetryCounter? retries)
{
    private readonly Cell?[] _cells = new Cell?[ThreadCells.SlotCount];
    private readonly double _nanosecondsPerTick = 1e9 / timeProvider.TimestampFrequency;

    /// <summary>Tries after the first one so far.</summary>
    public long RetryCount => retries?.RetryCount ?? 0;

    /// <summary>The time at which a call begins.</summary>
    public long Start() => timeProvider.GetTimestamp();

    /// <summary>Notes how a call ended that began at <paramref name="start"/>.</summary>
    public void Record(long start, HandlerOutcome outcome)
    {
        long nanoseconds = Math.Max(0, (long)((timeProvider.GetTimestamp() - start) * _nanosecondsPerTick));
        int slot = ThreadCells.Current.Slot;
        Cell cell = _cells[slot] ?? AddCell(slot);
        if (slot == ThreadCells.SharedSlot)
            cell.RecordShared(outcome, nanoseconds);
        else
            cell.Record(outcome, nanoseconds);
    }

    // Whether it was a cancellation of its token or by its own.
    private void RecordFailure(long start, Exception exception, CancellationToken cancellationToken) =>
        Record(start, Cancellation.IsMeantBy(exception, cancellationToken) ? HandlerOutcome.Cancelled : HandlerOutcome.Failed);

    /// <summary>Makes a call that may end later, and notes how it does.</summary>
    public ValueTask MakeAsync<TCall>(in TCall call, CancellationToken cancellationToken)
        where TCall : struct, IDecoratedCall
    {
        long start = Start();
        ValueTask task;
        try
        {
            task = call.MakeAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            RecordFailure(start, exception, cancellationToken);
            throw;
        }

        if (!task.IsCompletedSuccessfully)
            return AwaitAsync(start, task, cancellationToken);
        Record(start, HandlerOutcome.Succeeded);
        return task;
    }

    public HandlerStatistics Read()
    {
        Cell[] cells = [.. _cells.Where(static cell => cell is not null).Select(static cell => cell!)];
        DurationDistribution time = DurationDistribution.Of(cells.Select(static cell => cell.Times));
        long succeeded = 0;
        long failed = 0;
        long cancelled = 0;
        double nanoseconds = 0;
        foreach (Cell cell in cells)
        {
            succeeded += cell.Read(HandlerOutcome.Succeeded);
            failed += cell.Read(HandlerOutcome.Failed);
            cancelled += cell.Read(HandlerOutcome.Cancelled);
            nanoseconds += cell.Nanoseconds;
        }

        long processed = succeeded + failed + cancelled;
        return new HandlerStatistics(succeeded, failed, cancelled, RetryCount, time, processed == 0 ? 0 : nanoseconds / processed);
    }

    // Pooled, so that a call which ends later costs no allocation of its own.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAsync(long start, ValueTask call, CancellationToken cancellationToken)
    {
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            RecordFailure(start, exception, cancellationToken);
            throw;
        }

        Record(start, HandlerOutcome.Succeeded);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Cell AddCell(int slot) =>
        Interlocked.CompareExchange(ref _cells[slot], new Cell(), null) ?? _cells[slot]!;

    private sealed class Cell
    {
        private Counts _counts;

        public DurationHistogram Times { get; } = new();

        public long Nanoseconds => Volatile.Read(ref _counts.Nanoseconds);

        public long Read(HandlerOutcome outcome) => Volatile.Read(ref CountOf(outcome));

        public void Record(HandlerOutcome outcome, long nanoseconds)
        {
            ref long count = ref CountOf(outcome);
            Volatile.Write(ref count, count + 1);
            Volatile.Write(ref _counts.Nanoseconds, _counts.Nanoseconds + nanoseconds);
            Times.Record(nanoseconds);
        }

        public void RecordShared(HandlerOutcome outcome, long nanoseconds)
        {
            Interlocked.Increment(ref CountOf(outcome));
            Interlocked.Add(ref _counts.Nanoseconds, nanoseconds);
            Times.RecordShared(nanoseconds);
        }

        private ref long CountOf(HandlerOutcome outcome)
        {
            switch (outcome)
            {
                case HandlerOutcome.Succeeded:
                    return ref _counts.Succeeded;
                case HandlerOutcome.Failed:
                    return ref _counts.Failed;
                default:
                    return ref _counts.Cancelled;
            }
        }
    }

    // Lines of its own, wherever the cell lies: another thread's cell may be its neighbour.
    [StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine.Size)]
    private struct Counts
    {
        [FieldOffset(CacheLine.Size)]
        public long Succeeded;

        [FieldOffset(CacheLine.Size + 8)]
        public long Failed;

        [FieldOffset(CacheLine.Size + 16)]
        public long Cancelled;

        [FieldOffset(CacheLine.Size + 24)]
        public long Nanoseconds;
    }
}
