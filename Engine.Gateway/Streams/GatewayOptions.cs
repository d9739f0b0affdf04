using Engine.Primitives;

namespace Engine.Gateway.Streams;

/// <summary>How a gateway works: section <c>Sse</c> of the configuration. Checked as a whole when the gateway is made.</summary>
public sealed class GatewayOptions
{
    /// <summary>The section's name.</summary>
    public const string SectionName = "Sse";

    /// <summary>Where the streams are. Default <c>/api/v1/events</c>.</summary>
    public string Path { get; set; } = "/api/v1/events";

    /// <summary>Longest time without a byte on a stream: 1 s to 5 minutes. Default 15 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long clients are told to wait before they connect again: 0 to 5 minutes. Default 3 s.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest time that a client may take for what is written at once: 10 ms to 5 minutes. Default 10 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Streams at once: 1 to 1,000,000. Default 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Streams at once for each client address, or for each /64 network of IPv6: 1 to 1,000,000. Default 100.</summary>
    public int MaxPerClient { get; set; } = 100;

    /// <summary>Streams at once for each authenticated user: 1 to 1,000,000. Default 100.</summary>
    public int MaxPerUser { get; set; } = 100;

    /// <summary>Events that a live stream may be behind: 1 to 1,000,000. Default 256.</summary>
    public int BufferEvents { get; set; } = 256;

    /// <summary>Bytes that a live stream may be behind: 1 to 1 GiB. Default 1 MiB.</summary>
    public long BufferBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Bytes that all streams together may be waiting for clients with, and bytes of the events that are kept in memory: each 1 to
    /// 64 GiB. Default 256 MiB.
    /// </summary>
    public long TotalBytes { get; set; } = 256L << 20;

    /// <summary>Events that are kept in memory: 1 to 10,000,000. Default 10,000.</summary>
    public int HistoryEvents { get; set; } = 10_000;

    /// <summary>Events that are written at once: 1 to 10,000. Default 64.</summary>
    public int BatchEvents { get; set; } = 64;

    /// <summary>
    /// Shortest time between two batches while events come faster than that: 0 to 10 s; 0 writes each at once. Default 50 ms.
    /// </summary>
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Events of history where a request names none: 1 to 10,000, at most <see cref="HistoryMax"/>. Default 100.</summary>
    public int HistoryDefault { get; set; } = 100;

    /// <summary>Events of history that a request may ask for: 1 to 10,000. Default 10,000.</summary>
    public int HistoryMax { get; set; } = 10_000;

    /// <summary>Bytes of one event's JSON: 256 to 16 MiB. Default 1 MiB.</summary>
    public int MaxEventBytes { get; set; } = 1 << 20;

    /// <summary>Whether streams are compressed for clients that take it. Default true.</summary>
    public bool Compression { get; set; } = true;

    /// <summary>Streams that are compressed at once, each of which costs memory: 0 to 1,000,000. Default 1,000.</summary>
    public int MaxCompressed { get; set; } = 1_000;

    /// <summary>Bytes of a finite history below which it is not compressed: 0 to 1 GiB. Default 1,024.</summary>
    public int CompressionThreshold { get; set; } = 1_024;

    /// <summary>Bytes per second for each stream, before compression: 1 KiB to 10 GiB, or 0 for no limit. Default 0.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>Bytes per second for all streams together, before compression: 1 KiB to 10 GiB, or 0 for no limit. Default 0.</summary>
    public long TotalBytesPerSecond { get; set; }

    /// <summary>What happens to a live stream whose client is too slow. Default <see cref="SlowClientPolicy.Disconnect"/>.</summary>
    public SlowClientPolicy SlowClient { get; set; }

    /// <summary>How long streams may take to end when the gateway stops: 0 to 5 minutes. Default 5 s.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Latency from publication to flush, at p99, that counts as full pressure: 1 ms to 1 hour. Default 2 s.</summary>
    public TimeSpan LatencyLimit { get; set; } = TimeSpan.FromSeconds(2);

    internal static OptionTable<GatewayOptions> Ranges => GatewayOptionsRules.Ranges;

    /// <summary>Checks all rules.</summary>
    /// <exception cref="InvalidGatewayOptionsException">Options break rules; the message lists all of them.</exception>
    public void Validate()
    {
        string[] problems = [.. GatewayOptionsRules.FindProblems(this)];
        if (problems.Length > 0)
            throw new InvalidGatewayOptionsException(problems);
    }

    internal GatewayOptions Copy() => (GatewayOptions)MemberwiseClone();
}

/// <summary>What happens to a live stream whose client is too slow.</summary>
public enum SlowClientPolicy
{
    /// <summary>It is closed. The client connects again and gets what it missed, as far as that is kept.</summary>
    Disconnect,

    /// <summary>The oldest events are left out, counted, and told as a gap in the stream.</summary>
    DropOldest,
}

/// <summary>Options of a gateway break rules.</summary>
/// <param name="problems">What is wrong, a text each.</param>
public sealed class InvalidGatewayOptionsException(IReadOnlyList<string> problems)
    : Exception("The gateway's options are not right: " + string.Join(" ", problems))
{
    /// <summary>What is wrong, a text each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
