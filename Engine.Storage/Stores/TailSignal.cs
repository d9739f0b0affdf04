namespace Engine.Storage.Stores;

/// <summary>Wakes those who wait for events: at once for appends of this process, by looking for those of others. Thread-safe.</summary>
internal sealed class TailSignal(TimeSpan pollInterval, TimeProvider timeProvider, Func<CancellationToken, ValueTask<long>> read)
{
    private TaskCompletionSource _next = New();
    private long _tail;

    public void Advance(long tail)
    {
        long known = Volatile.Read(ref _tail);
        while (tail > known)
        {
            long before = Interlocked.CompareExchange(ref _tail, tail, known);
            if (before == known)
            {
                Interlocked.Exchange(ref _next, New()).TrySetResult();
                return;
            }

            known = before;
        }
    }

    /// <summary>Has all who wait look again.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    public async ValueTask<long> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The task before the value: an advance in between completes this task.
            Task next = Volatile.Read(ref _next).Task;
            long tail = Interlocked.Read(ref _tail);
            if (tail > sequence)
                return tail;
            tail = await read(cancellationToken).ConfigureAwait(false);
            Advance(tail);
            if (tail > sequence)
                return tail;
            try
            {
                await next.WaitAsync(pollInterval, timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Another process may have appended.
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
