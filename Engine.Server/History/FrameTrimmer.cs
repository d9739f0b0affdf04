using Engine.Storage.Databases;
using Engine.Storage.Stores;

namespace Engine.Server.History;

/// <summary>Removes what is too old, by kind of traffic, and what is too much in all: figures first. Every ten minutes.</summary>
internal sealed class FrameTrimmer : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly FrameLog[] _logs;
    private readonly HistoryOptions _options;
    private readonly Task _task;

    public FrameTrimmer(FrameLog[] logs, HistoryOptions options)
    {
        (_logs, _options) = (logs, options);
        _task = Task.Run(TrimAgainAndAgainAsync);
    }

    /// <summary>Does it once.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        long[] bytes = new long[_logs.Length];
        for (int i = 0; i < _logs.Length; i++)
        {
            var retention = new EventRetention { MaxAge = _options.Settings.KeptOf(_logs[i].Traffic) };
            await _logs[i].TrimAsync(retention, cancellationToken).ConfigureAwait(false);
            bytes[i] = await _logs[i].ReadBytesAsync(cancellationToken).ConfigureAwait(false);
        }

        // The logs are in the order of what is most wanted.
        long excess = bytes.Sum() - _options.Settings.MaxBytes;
        for (int i = _logs.Length - 1; i >= 0 && excess > 0; i--)
        {
            var retention = new EventRetention { MaxBytes = Math.Max(0, bytes[i] - excess) };
            excess -= (await _logs[i].TrimAsync(retention, cancellationToken).ConfigureAwait(false)).Bytes;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task TrimAgainAndAgainAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await TrimAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is StorageException or OperationCanceledException or IOException)
            {
                if (!_stop.IsCancellationRequested && _options.Logger is { } logger)
                    HistoryLog.NotTrimmed(logger, error.GetBaseException().Message);
            }

            await Task.Delay(s_interval, _options.TimeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
