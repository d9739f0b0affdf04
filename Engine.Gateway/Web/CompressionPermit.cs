using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>The right to compress a stream, of which there are so many, because a compressor's memory costs more than the stream.</summary>
internal sealed class CompressionPermit : IDisposable
{
    private static readonly CompressionPermit s_none = new(null, "identity");

    private readonly EventGateway? _gateway;

    private CompressionPermit(EventGateway? gateway, string encoding) => (_gateway, Encoding) = (gateway, encoding);

    public string Encoding { get; private set; }

    public static CompressionPermit Take(HttpRequest request, EventGateway gateway, StreamPlan plan)
    {
        string encoding = gateway.Options.Compression && !IsTiny(gateway, plan) && gateway.Ladder.Step.Level == Degradation.None
            ? Negotiation.EncodingOf(request)
            : "identity";
        if (encoding != "identity" && Interlocked.Increment(ref gateway.Counters.Compressed) > gateway.Options.MaxCompressed)
        {
            Interlocked.Decrement(ref gateway.Counters.Compressed);
            encoding = "identity";
        }

        return encoding == "identity" ? s_none : new CompressionPermit(gateway, encoding);
    }

    public void Dispose()
    {
        if (Encoding == "identity")
            return;
        Encoding = "identity";
        Interlocked.Decrement(ref _gateway!.Counters.Compressed);
    }

    // How long a live stream will be nobody knows.
    private static bool IsTiny(EventGateway gateway, StreamPlan plan) =>
        plan.IsFinite && (plan.HistoryEnd - plan.Cursor) * 256 < gateway.Options.CompressionThreshold;
}
