using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Engine.Primitives;

namespace Engine.Storage.Facade;

/// <summary>
/// Counts events that were handled, with how long that took, in all and for each topic: for 1,024 topics, and what comes beyond them as
/// "other". Thread-safe; recording takes no lock.
/// </summary>
/// <param name="timeProvider">The clock; null for the system's.</param>
public sealed class EventMonitor(TimeProvider? timeProvider = null)
{
    /// <summary>Topics that are counted by themselves.</summary>
    public const int MaxTopics = 1024;

    /// <summary>The name under which the others are counted, and with them a topic that has this name.</summary>
    public const string OtherTopics = "other";

    private readonly ConcurrentDictionary<string, Cell> _topics = new(StringComparer.Ordinal);
    private readonly Cell _others = new();
    private int _topicCount;

    /// <summary>Since when it counts.</summary>
    public DateTimeOffset StartedAt { get; } = (timeProvider ?? TimeProvider.System).GetUtcNow();

    /// <summary>Counts an event.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="success">Whether it was handled.</param>
    /// <param name="latency">How long that took.</param>
    public void RecordEvent(string topic, bool success, TimeSpan latency)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (!_topics.TryGetValue(topic, out Cell? cell))
        {
            // A few too many may come in at once; a topic that is refused is refused for good.
            // The name of the others is theirs, also where a topic has it.
            bool isOther = topic == OtherTopics || Volatile.Read(ref _topicCount) >= MaxTopics;
            cell = isOther ? _others : _topics.GetOrAdd(topic, static _ => new Cell());
            if (cell != _others)
                Volatile.Write(ref _topicCount, _topics.Count);
        }

        cell.Record(success, latency);
    }

    /// <summary>A copy of the counts as they are.</summary>
    public EventMetrics GetMetrics()
    {
        KeyValuePair<string, Cell>[] cells = [.. _topics, KeyValuePair.Create(OtherTopics, _others)];
        var metrics = cells.ToDictionary(static cell => cell.Key, static cell => cell.Value.Read(), StringComparer.Ordinal);
        if (metrics[OtherTopics].TotalEvents == 0)
            metrics.Remove(OtherTopics);
        DurationDistribution latency = DurationDistribution.Of([.. cells.Select(static cell => cell.Value.Latencies)]);
        // The sum of the parts, so that the total is theirs whatever is counted meanwhile.
        return new EventMetrics
        {
            StartedAt = StartedAt,
            SuccessEvents = metrics.Values.Sum(static topic => topic.SuccessEvents),
            FailedEvents = metrics.Values.Sum(static topic => topic.FailedEvents),
            TotalLatency = metrics.Values.Sum(static topic => topic.TotalLatency),
            LatencyP50 = (long)latency.Percentile(0.5).TotalNanoseconds,
            LatencyP99 = (long)latency.Percentile(0.99).TotalNanoseconds,
            Topics = metrics.ToDictionary(static topic => topic.Key, static topic => topic.Value.TotalEvents),
            ByTopic = metrics,
        };
    }

    private sealed class Cell
    {
        private long _success;
        private long _failed;
        private long _nanoseconds;

        public DurationHistogram Latencies { get; } = new();

        public void Record(bool success, TimeSpan latency)
        {
            Interlocked.Increment(ref success ? ref _success : ref _failed);
            long nanoseconds = (long)Math.Max(0, latency.TotalNanoseconds);
            Interlocked.Add(ref _nanoseconds, nanoseconds);
            Latencies.RecordShared(nanoseconds);
        }

        public TopicMetrics Read()
        {
            DurationDistribution latency = DurationDistribution.Of([Latencies]);
            return new TopicMetrics
            {
                SuccessEvents = Interlocked.Read(ref _success),
                FailedEvents = Interlocked.Read(ref _failed),
                TotalLatency = Interlocked.Read(ref _nanoseconds),
                LatencyP99 = (long)latency.Percentile(0.99).TotalNanoseconds,
            };
        }
    }
}

/// <summary>What a monitor has counted. Immutable. Latencies are in nanoseconds.</summary>
public sealed record EventMetrics
{
    /// <summary>Since when it was counted.</summary>
    [JsonPropertyName("started_at")]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Events: the sum of the two below.</summary>
    [JsonPropertyName("total_events")]
    public long TotalEvents => SuccessEvents + FailedEvents;

    /// <summary>Events that were handled.</summary>
    [JsonPropertyName("success_events")]
    public required long SuccessEvents { get; init; }

    /// <summary>Events on which handling failed; each attempt counts.</summary>
    [JsonPropertyName("failed_events")]
    public required long FailedEvents { get; init; }

    /// <summary>How long handling took on average: the sum of the times by the number of events; 0 without events.</summary>
    [JsonPropertyName("average_latency")]
    public long AverageLatency => TotalEvents == 0 ? 0 : TotalLatency / TotalEvents;

    /// <summary>The sum of the times.</summary>
    [JsonPropertyName("total_latency")]
    public required long TotalLatency { get; init; }

    /// <summary>The same in milliseconds.</summary>
    [JsonPropertyName("average_latency_ms")]
    public double AverageLatencyMilliseconds => AverageLatency / 1e6;

    /// <summary>The time that half of the events took at most.</summary>
    [JsonPropertyName("latency_p50")]
    public required long LatencyP50 { get; init; }

    /// <summary>The time that 99 of 100 took at most.</summary>
    [JsonPropertyName("latency_p99")]
    public required long LatencyP99 { get; init; }

    /// <summary>Events by topic.</summary>
    [JsonPropertyName("topics")]
    public required IReadOnlyDictionary<string, long> Topics { get; init; }

    /// <summary>More by topic.</summary>
    [JsonPropertyName("by_topic")]
    public required IReadOnlyDictionary<string, TopicMetrics> ByTopic { get; init; }

    /// <summary>The metrics as JSON in UTF-8.</summary>
    public byte[] ToJson() => EventMetricsJsonContext.Write(this);
}

/// <summary>What a monitor has counted of one topic. Immutable.</summary>
public sealed record TopicMetrics
{
    /// <inheritdoc cref="EventMetrics.TotalEvents"/>
    [JsonPropertyName("total_events")]
    public long TotalEvents => SuccessEvents + FailedEvents;

    /// <inheritdoc cref="EventMetrics.SuccessEvents"/>
    [JsonPropertyName("success_events")]
    public required long SuccessEvents { get; init; }

    /// <inheritdoc cref="EventMetrics.FailedEvents"/>
    [JsonPropertyName("failed_events")]
    public required long FailedEvents { get; init; }

    /// <inheritdoc cref="EventMetrics.AverageLatency"/>
    [JsonPropertyName("average_latency")]
    public long AverageLatency => TotalEvents == 0 ? 0 : TotalLatency / TotalEvents;

    /// <inheritdoc cref="EventMetrics.TotalLatency"/>
    [JsonPropertyName("total_latency")]
    public required long TotalLatency { get; init; }

    /// <inheritdoc cref="EventMetrics.LatencyP99"/>
    [JsonPropertyName("latency_p99")]
    public required long LatencyP99 { get; init; }
}
