using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Microsoft.Extensions.Logging;

namespace Engine.Server.History;

/// <summary>What a history needs.</summary>
/// <param name="Settings">Where, and for how long.</param>
/// <param name="Catalog">The event types.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="RingEvents">Events in memory at most.</param>
/// <param name="RingBytes">Bytes in memory at most.</param>
internal sealed record HistoryOptions(
    HistorySettings Settings, EventCatalog Catalog, TimeProvider TimeProvider, int RingEvents = 10_000, long RingBytes = 256L << 20)
{
    /// <summary>As the options of a gateway have them.</summary>
    public static HistoryOptions Of(HistorySettings settings, GatewayOptions gateway) => new(
        settings, new EventCatalog([.. EventCatalog.Standard, .. EventCatalog.Own]), TimeProvider.System, gateway.HistoryEvents,
        gateway.TotalBytes);

    /// <summary>Where faults are logged; set when there is a log.</summary>
    public ILogger? Logger { get; set; }
}
