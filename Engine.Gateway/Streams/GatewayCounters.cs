using Engine.Primitives;

namespace Engine.Gateway.Streams;

/// <summary>The counters of a gateway. Written by all streams.</summary>
internal sealed class GatewayCounters
{
    private readonly long[] _ends = new long[Enum.GetValues<StreamEnd>().Length];

    public long Opened;
    public long Published;
    public long Skipped;
    public long Sent;
    public long SentBytes;
    public long Flushes;
    public long Dropped;
    public long Coalesced;
    public long Shed;
    public long Gaps;
    public long Resets;
    public long Resumes;
    public long Heartbeats;
    public long RefusedByLimit;
    public long RefusedByStop;
    public long RefusedAsWrong;
    public long WaitingBytes;
    public int Compressed;

    /// <summary>Of all streams.</summary>
    public DurationHistogram Latency { get; } = new();

    /// <summary>Of streams whose clients did not hold them back: what the gateway itself takes.</summary>
    public DurationHistogram OwnLatency { get; } = new();

    public static void Add(ref long counter, long amount)
    {
        if (amount != 0)
            Interlocked.Add(ref counter, amount);
    }

    public void End(StreamEnd end) => Interlocked.Increment(ref _ends[(int)end]);

    public IReadOnlyDictionary<StreamEnd, long> Ends() =>
        Enum.GetValues<StreamEnd>().ToDictionary(static end => end, end => Volatile.Read(ref _ends[(int)end]));

    public GatewayStatistics Read() => new()
    {
        Opened = Volatile.Read(ref Opened),
        Published = Volatile.Read(ref Published),
        Skipped = Volatile.Read(ref Skipped),
        Sent = Volatile.Read(ref Sent),
        SentBytes = Volatile.Read(ref SentBytes),
        Flushes = Volatile.Read(ref Flushes),
        Dropped = Volatile.Read(ref Dropped),
        Coalesced = Volatile.Read(ref Coalesced),
        Shed = Volatile.Read(ref Shed),
        Gaps = Volatile.Read(ref Gaps),
        Resets = Volatile.Read(ref Resets),
        Resumes = Volatile.Read(ref Resumes),
        Heartbeats = Volatile.Read(ref Heartbeats),
        RefusedByLimit = Volatile.Read(ref RefusedByLimit),
        RefusedByStop = Volatile.Read(ref RefusedByStop),
        RefusedAsWrong = Volatile.Read(ref RefusedAsWrong),
        WaitingBytes = Volatile.Read(ref WaitingBytes),
        Compressed = Volatile.Read(ref Compressed),
        Latency = DurationDistribution.Of([Latency]),
        Ends = Ends(),
    };
}
