using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>How a bus did in an interval: latency, throughput, resources, errors. Immutable.</summary>
/// <param name="BusName">The bus.</param>
/// <param name="State">Where the bus is in its life.</param>
/// <param name="Time">The end of the interval.</param>
/// <param name="IntervalSeconds">The length of the interval.</param>
/// <param name="Latency">How long handling took.</param>
/// <param name="Throughput">How much was handled.</param>
/// <param name="Resources">What the process used.</param>
/// <param name="Errors">What failed and what was lost.</param>
/// <param name="Messages">What happened in message subscriptions.</param>
/// <param name="Troubles">What is not as it should be, the worst first.</param>
public sealed record PerformanceReport(
    string BusName,
    LifecycleState State,
    DateTimeOffset Time,
    double IntervalSeconds,
    IReadOnlyList<LatencyMetrics> Latency,
    ThroughputMetrics Throughput,
    ResourceMetrics Resources,
    ErrorMetrics Errors,
    IReadOnlyList<MessageMetrics> Messages,
    IReadOnlyList<BusTrouble> Troubles)
{
    /// <summary>The report as text for a terminal.</summary>
    public string ToText() => PerformanceReportText.Render(this);

    /// <summary>The report as JSON.</summary>
    public string ToJson() => ReportJsonContext.Write(this);

    /// <summary>The report as text for a terminal.</summary>
    public override string ToString() => ToText();
}

/// <summary>Times of one subscription in an interval, in milliseconds. Zero where nothing was measured.</summary>
/// <param name="Subscription">Its name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="Calls">Calls of the handler that were measured.</param>
/// <param name="HandlerMean">Mean of the handler's time.</param>
/// <param name="HandlerP50">Half of the handler's times are at most this.</param>
/// <param name="HandlerP90">90 % of them are at most this.</param>
/// <param name="HandlerP99">99 % of them are at most this.</param>
/// <param name="HandlerMax">The longest.</param>
/// <param name="EndToEndP50">Half of the times from publishing to the end of the handler are at most this.</param>
/// <param name="EndToEndP99">99 % of them are at most this.</param>
public sealed record LatencyMetrics(
    string Subscription, long SubscriptionId, long Calls,
    double HandlerMean, double HandlerP50, double HandlerP90, double HandlerP99, double HandlerMax, double EndToEndP50, double EndToEndP99);

/// <summary>How much a bus handled in an interval.</summary>
/// <param name="PublishedPerSecond">Events published per second.</param>
/// <param name="DeliveredPerSecond">Events handed to handlers per second.</param>
/// <param name="Queued">Events in all queues at the end.</param>
/// <param name="QueueGrowthPerSecond">By how many events per second the queues grew; negative where they shrank.</param>
/// <param name="Subscriptions">The subscriptions.</param>
public sealed record ThroughputMetrics(
    double PublishedPerSecond, double DeliveredPerSecond, long Queued, double QueueGrowthPerSecond,
        IReadOnlyList<SubscriptionThroughput> Subscriptions);

/// <summary>How much one subscription handled in an interval.</summary>
/// <param name="Subscription">Its name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="Mode">Where and how the handler runs.</param>
/// <param name="DeliveredPerSecond">Events handed to the handler per second.</param>
/// <param name="QueueLength">Events in the queue at the end.</param>
/// <param name="QueueCapacity">Events that may be in the queue; 0 without a queue.</param>
/// <param name="InFlight">Events in the handler at the end.</param>
/// <param name="QueueGrowthPerSecond">By how many events per second the queue grew.</param>
public sealed record SubscriptionThroughput(
    string Subscription, long SubscriptionId, ProcessingMode Mode,
    double DeliveredPerSecond, int QueueLength, int QueueCapacity, int InFlight, double QueueGrowthPerSecond);

/// <summary>What the process used in an interval.</summary>
/// <param name="ProcessorShare">Processors that were busy on average: 1 for one.</param>
/// <param name="AllocatedBytesPerSecond">Bytes allocated per second.</param>
/// <param name="HeapBytes">Bytes of live objects at the end.</param>
/// <param name="WorkingSetBytes">Physical memory at the end.</param>
/// <param name="MemoryLoad">The share of the available memory in use at the end.</param>
/// <param name="Gen0Collections">Collections of generation 0 and above.</param>
/// <param name="Gen2Collections">Collections of generation 2.</param>
/// <param name="CollectionPauseShare">The share of the time in which collections stopped all threads.</param>
/// <param name="PoolThreads">Threads of the pool at the end.</param>
/// <param name="PendingWork">Work that waits for a thread of the pool at the end.</param>
public sealed record ResourceMetrics(
    double ProcessorShare, double AllocatedBytesPerSecond, long HeapBytes, long WorkingSetBytes, double MemoryLoad,
    int Gen0Collections, int Gen2Collections, double CollectionPauseShare, int PoolThreads, long PendingWork);

/// <summary>What failed and what was lost in an interval.</summary>
/// <param name="FailedPerSecond">Calls that failed per second.</param>
/// <param name="ErrorRate">The share of calls that failed.</param>
/// <param name="RetriedPerSecond">Tries after the first per second.</param>
/// <param name="LostPerSecond">Events refused, dropped or discarded per second.</param>
/// <param name="Subscriptions">The subscriptions with errors or losses, the highest error rate first.</param>
public sealed record ErrorMetrics(
    double FailedPerSecond, double ErrorRate, double RetriedPerSecond, double LostPerSecond,
        IReadOnlyList<SubscriptionErrors> Subscriptions);

/// <summary>What failed and what was lost of one subscription in an interval.</summary>
/// <param name="Subscription">Its name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="Failed">Calls that failed.</param>
/// <param name="ErrorRate">The share of calls that failed.</param>
/// <param name="Retried">Tries after the first.</param>
/// <param name="Lost">Events refused, dropped or discarded.</param>
public sealed record SubscriptionErrors(string Subscription, long SubscriptionId, long Failed, double ErrorRate, long Retried, long Lost);

/// <summary>What happened in one message subscription in an interval.</summary>
/// <param name="Subscription">Its name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="Waiting">Messages not handed out at the end.</param>
/// <param name="InFlight">Messages handed out and not settled at the end.</param>
/// <param name="Capacity">Messages that may wait or be in flight.</param>
/// <param name="AckedPerSecond">Messages acked per second.</param>
/// <param name="NackedPerSecond">Deliveries per second that failed by a nack.</param>
/// <param name="ExpiredPerSecond">Deliveries per second whose lease expired.</param>
/// <param name="LostPerSecond">Events refused or dropped per second.</param>
/// <param name="Parked">Messages given up at the end, in the list or in the store.</param>
/// <param name="AckP50">Half of the times from publishing to the ack are at most this, in milliseconds.</param>
/// <param name="AckP99">99 % of them are at most this.</param>
public sealed record MessageMetrics(
    string Subscription, long SubscriptionId, long Waiting, long InFlight, int Capacity, double AckedPerSecond, double NackedPerSecond,
    double ExpiredPerSecond, double LostPerSecond, long Parked, double AckP50, double AckP99);
