using System.Net;
using System.Net.NetworkInformation;
using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Publishes what the process uses every ten seconds as the metrics of a node, and that the node has come and gone. To a bus, so
/// that whoever is on it sees it too.
/// </summary>
public sealed class NodeFeed : IAsyncDisposable
{
    private readonly EventGateway _gateway;
    private readonly IEventBus _bus;
    private readonly PeriodicFeed _feed;
    private TimeSpan _processorTime;
    private long _lastSample;

    /// <summary>Begins to publish.</summary>
    /// <param name="gateway">The gateway, whose streams count as connections.</param>
    /// <param name="bus">The bus.</param>
    /// <param name="nodeId">What the node is called; null for the machine's name.</param>
    /// <param name="period">Time between two; null for ten seconds.</param>
    public NodeFeed(EventGateway gateway, IEventBus bus, string? nodeId = null, TimeSpan? period = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(bus);
        (_gateway, _bus) = (gateway, bus);
        NodeId = nodeId ?? Environment.MachineName;
        Publish(new NodeStatus("offline", "online", "started", Details()));
        _feed = new PeriodicFeed(period ?? TimeSpan.FromSeconds(10), gateway.TimeProvider, () => Publish(Sample()));
    }

    /// <summary>What the node is called.</summary>
    public string NodeId { get; }

    /// <summary>Publishes that the node goes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync().ConfigureAwait(false);
        Publish(new NodeStatus("online", "offline", "stopped", Details()));
    }

    private void Publish<T>(T @event)
        where T : IGatewayEvent<T> =>
        _bus.Publish(@event, new EventIds { Details = new EventDetails { Key = NodeId, Source = NodeId } });

    private NodeStatusDetails Details() => new(IPAddress.Loopback.ToString(), _gateway.TimeProvider.GetUtcNow());

    private NodeMetrics Sample()
    {
        ResourceSnapshot resources = ResourceSnapshot.Take();
        long now = _gateway.TimeProvider.GetTimestamp();
        double elapsed = _lastSample == 0 ? 0 : _gateway.TimeProvider.GetElapsedTime(_lastSample, now).TotalSeconds;
        double busy = (resources.ProcessorTime - _processorTime).TotalSeconds;
        (_lastSample, _processorTime) = (now, resources.ProcessorTime);
        double usage = elapsed == 0 ? 0 : Math.Round(Math.Clamp(100 * busy / (elapsed * resources.ProcessorCount), 0, 100), 1);
        (long inBytes, long outBytes) = ReadNetwork();
        return new NodeMetrics(
            new NodeCpu(usage, resources.ProcessorCount, Temperature: null),
            SpaceOf(resources.AvailableBytes, resources.WorkingSetBytes),
            ReadDisk(),
            new NodeNetwork(inBytes, outBytes, _gateway.Slots.Open),
            Gpu: null);
    }

    private static NodeSpace SpaceOf(long total, long used) => new(total >> 20, used >> 20, Math.Max(0, total - used) >> 20);

    private static NodeSpace ReadDisk()
    {
        try
        {
            var drive = new DriveInfo(AppContext.BaseDirectory);
            return SpaceOf(drive.TotalSize, drive.TotalSize - drive.AvailableFreeSpace);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new NodeSpace(0, 0, 0);
        }
    }

    private static (long In, long Out) ReadNetwork()
    {
        try
        {
            IPInterfaceStatistics[] all = [.. NetworkInterface.GetAllNetworkInterfaces().Select(static one => one.GetIPStatistics())];
            return (all.Sum(static one => one.BytesReceived), all.Sum(static one => one.BytesSent));
        }
        catch (Exception error) when (error is NetworkInformationException or PlatformNotSupportedException)
        {
            return (0, 0);
        }
    }
}
