namespace Engine.Gateway.Feeds;

/// <summary>
/// Calls something at once and then time after time, until it is disposed.
/// Calls do not overlap; what they throw is dropped.
/// </summary>
internal sealed class PeriodicFeed : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;
    private int _isDisposed;

    public PeriodicFeed(TimeSpan period, TimeProvider timeProvider, Action call)
    {
        _task = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(period, timeProvider);
            do
            {
                try
                {
                    call();
                }
                catch (Exception)
                {
                    // The next call may do better; figures are no reason to end anything.
                }
            }
            while (await WaitAsync(timer).ConfigureAwait(false));
        });
    }

    public async ValueTask DisposeAsync()
    {
        bool isFirst = Interlocked.Exchange(ref _isDisposed, 1) == 0;
        if (isFirst)
            await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
        if (isFirst)
            _stop.Dispose();
    }

    private async ValueTask<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
