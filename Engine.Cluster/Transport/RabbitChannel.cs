using RabbitMQ.Client;

namespace Engine.Cluster.Transport;

/// <summary>A channel that many use, opened again where it ended. Thread-safe.</summary>
internal sealed class RabbitChannel(RabbitLink link, bool confirms, Func<IChannel, CancellationToken, Task> prepare)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private IChannel? _channel;

    public async ValueTask<IChannel> GetAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true } open)
            return open;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_channel is { IsOpen: true } other)
                return other;
            if (_channel is { } ended)
                await ended.DisposeAsync().ConfigureAwait(false);
            _channel = null;
            IChannel made = await link.OpenChannelAsync(confirms, cancellationToken).ConfigureAwait(false);
            await prepare(made, cancellationToken).ConfigureAwait(false);
            return _channel = made;
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
            await channel.DisposeAsync().ConfigureAwait(false);
        _one.Dispose();
    }
}
