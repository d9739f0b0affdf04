using System.Text.Json;
using Engine.Gateway.Events;

namespace Engine.Gateway.Streams;

public sealed partial class EventGateway
{
    /// <summary>The figures as an event of the gateway's own has them.</summary>
    /// <param name="mostStreams">Streams in the list at most.</param>
    public GatewayStatus GetStatus(int mostStreams)
    {
        GatewayStatistics all = GetStatistics();
        IReadOnlyList<GatewayStream> streams = GetStreams(mostStreams);
        return new GatewayStatus(
            all.Open,
            all.Peak,
            all.Published,
            all.Sent,
            all.SentBytes,
            all.Dropped,
            all.Coalesced,
            all.Gaps,
            all.Resumes,
            all.RefusedByLimit + all.RefusedByStop,
            all.Skipped,
            DegradationNames.Of(all.Degradation),
            all.Latency.Count == 0 ? 0 : Math.Round(all.Latency.Percentile(0.5).TotalMilliseconds, 3),
            all.Latency.Count == 0 ? 0 : Math.Round(all.Latency.Percentile(0.99).TotalMilliseconds, 3),
            all.FirstSequence,
            all.LastSequence,
            all.Ends.Where(static end => end.Value > 0)
                .ToDictionary(
                    static end => JsonNamingPolicy.SnakeCaseLower.ConvertName(end.Key.ToString()), static end => end.Value),
            streams,
            Math.Max(0, all.Open - streams.Count));
    }
}
