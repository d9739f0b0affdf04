using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Transport;

namespace Engine.Server.Fleet;

/// <summary>Asks a fleet's hub, for all who look at it together. Thread-safe.</summary>
internal sealed class FleetAccess : IAsyncDisposable
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _one = new(1);
    private readonly TimeProvider _time = TimeProvider.System;
    private IClusterTransport? _transport;
    private FleetSnapshot? _last;
    private long _askedAt;

    /// <summary>Where the broker is; null where no fleet is configured.</summary>
    public ClusterOptions? Options { get; private set; }

    /// <summary>Says where the broker is; before the server says that it listens.</summary>
    public void Use(ClusterOptions options)
    {
        Options = options;
        _transport = ClusterTransports.Create(options, "server");
    }

    /// <summary>The fleet, as it was a second ago at most; null if no hub answers.</summary>
    /// <exception cref="ClusterException">The broker cannot be asked.</exception>
    public async Task<FleetSnapshot?> ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_last is not null && _time.GetElapsedTime(_askedAt) < s_fresh)
                return _last;
            _last = await FleetClient.QueryAsync(_transport!, s_patience, cancellationToken).ConfigureAwait(false);
            _askedAt = _time.GetTimestamp();
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_transport is not null)
            await _transport.DisposeAsync().ConfigureAwait(false);
    }
}
