using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>gateway_status</c>: the gateway's own figures. The resource is the gateway.</summary>
/// <param name="Open">Streams that are open.</param>
/// <param name="Peak">Most that were open at once.</param>
/// <param name="Published">Events published.</param>
/// <param name="Sent">Events sent, counted once for each stream.</param>
/// <param name="SentBytes">Bytes sent, before compression.</param>
/// <param name="Dropped">Events that slow streams missed.</param>
/// <param name="Coalesced">Metrics left out because newer ones were there.</param>
/// <param name="Gaps">Gaps told to streams.</param>
/// <param name="Resumes">Streams that went on behind a cursor.</param>
/// <param name="Refused">Requests refused with 429 or 503.</param>
/// <param name="Skipped">Events that could not be made or were not right.</param>
/// <param name="Degradation">The step of the degradation ladder: <c>none</c>, ...</param>
/// <param name="P50Ms">Median from publication to flush, in milliseconds.</param>
/// <param name="P99Ms">The same for 99 of 100.</param>
/// <param name="FirstSequence">The oldest event that is kept.</param>
/// <param name="LastSequence">The newest.</param>
/// <param name="Disconnects">Streams that have ended, by reason.</param>
/// <param name="Streams">Streams that are open; at most 50.</param>
/// <param name="OmittedStreams">Streams that are not in the list.</param>
public sealed record GatewayStatus(
    int Open,
    int Peak,
    long Published,
    long Sent,
    long SentBytes,
    long Dropped,
    long Coalesced,
    long Gaps,
    long Resumes,
    long Refused,
    long Skipped,
    string Degradation,
    double P50Ms,
    double P99Ms,
    long FirstSequence,
    long LastSequence,
    IReadOnlyDictionary<string, long> Disconnects,
    IReadOnlyList<GatewayStream> Streams,
    int OmittedStreams) : IGatewayEvent<GatewayStatus>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("gateway.status");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().NotNull(Disconnects, "disconnects").NotNull(Streams, "streams").Found;
}

/// <summary>A stream that is open.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Filter">What it takes.</param>
/// <param name="OpenSeconds">How long it has been open.</param>
/// <param name="Sent">Events sent.</param>
/// <param name="Lag">Events published since the one it has come to.</param>
/// <param name="Dropped">Events it missed.</param>
/// <param name="Encoding">How it is compressed: <c>identity</c>, <c>gzip</c>, <c>br</c>.</param>
public sealed record GatewayStream(long Id, string Filter, double OpenSeconds, long Sent, long Lag, long Dropped, string Encoding);
