using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Engine.Gateway.Events;

/// <summary>The event types of a gateway, by type and by wire name. Immutable and thread-safe.</summary>
public sealed class EventCatalog
{
    private readonly FrozenDictionary<Type, GatewayEventType> _types;
    private readonly FrozenDictionary<string, GatewayEventType> _byEventName;

    /// <summary>Makes a catalog.</summary>
    /// <param name="types">The event types; each once.</param>
    /// <exception cref="ArgumentException">A name or type is there twice or breaks a rule; the message lists all that is wrong.</exception>
    public EventCatalog(IEnumerable<GatewayEventType> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        GatewayEventType[] all = [.. types];
        WireNames = new WireNames(
            all.Select(static type => type.EventName),
            all.Where(static type => type.OwnWireName is not null).DistinctBy(static type => type.EventName)
                .ToDictionary(static type => type.EventName, static type => type.OwnWireName!));
        string[] reserved = [.. WireNames.All.Values.Intersect(ControlEvents.Names)];
        if (reserved.Length > 0)
        {
            throw new ArgumentException(
                $"Wire names must not be those of the gateway's own messages: {string.Join(", ", reserved)}.", nameof(types));
        }

        _types = all.ToFrozenDictionary(static type => type.Type);
        _byEventName = all.ToFrozenDictionary(static type => type.EventName, StringComparer.Ordinal);
        Names = [.. all.Select(type => WireNames.All[type.EventName])];
    }

    /// <summary>The eight event types of systems of nodes, pipelines and containers.</summary>
    public static IReadOnlyList<GatewayEventType> Standard { get; } =
    [
        GatewayEventType.Of(GatewayJsonContext.Of<NodeStatus>(), EventTraffic.Vital),
        GatewayEventType.Of(GatewayJsonContext.Of<NodeMetrics>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<PipelineStatus>(), EventTraffic.Vital),
        GatewayEventType.Of(GatewayJsonContext.Of<PipelineProgress>()),
        GatewayEventType.Of(GatewayJsonContext.Of<ContainerStatus>(), EventTraffic.Vital),
        GatewayEventType.Of(GatewayJsonContext.Of<ContainerMetrics>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<SystemAlert>(), EventTraffic.Vital),
        GatewayEventType.Of(GatewayJsonContext.Of<SystemLog>()),
    ];

    /// <summary>The event types of machines, buses and the gateway itself.</summary>
    public static IReadOnlyList<GatewayEventType> Own { get; } =
    [
        GatewayEventType.Of(GatewayJsonContext.Of<VmRates>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<VmHotBlocks>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<VmPageFaults>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<VmConsole>()),
        GatewayEventType.Of(GatewayJsonContext.Of<BusStatus>(), EventTraffic.Metrics),
        GatewayEventType.Of(GatewayJsonContext.Of<GatewayStatus>(), EventTraffic.Metrics),
    ];

    /// <summary>The wire names, in the order in which the types were given.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Event names and wire names.</summary>
    public WireNames WireNames { get; }

    /// <summary>The event types.</summary>
    public IEnumerable<GatewayEventType> Types => _types.Values;

    /// <summary>Finds an event type by its wire name.</summary>
    /// <param name="wireName">The wire name.</param>
    /// <param name="type">The event type; null if there is none.</param>
    public bool TryGet(string wireName, [NotNullWhen(true)] out GatewayEventType? type)
    {
        type = null;
        return WireNames.TryGetEventName(wireName, out string? eventName) && _byEventName.TryGetValue(eventName, out type);
    }

    internal bool TryGet<T>([NotNullWhen(true)] out GatewayEventType.Typed<T>? type)
        where T : IGatewayEvent<T>
    {
        type = _types.GetValueOrDefault(typeof(T)) as GatewayEventType.Typed<T>;
        return type is not null;
    }
}
