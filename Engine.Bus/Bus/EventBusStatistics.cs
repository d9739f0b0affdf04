using Engine.Primitives;
using static System.FormattableString;

namespace Engine.Bus;

/// <summary>
/// The counters of a bus at one moment, and of all that belongs to it: the one tree that monitoring, meters and health read.
/// Immutable.
/// </summary>
/// <param name="Name">The bus's name.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Time">When the counters were read, by the bus's wall clock, for people.</param>
/// <param name="Uptime">When they were read since the bus was made, by a clock that never goes back, for differences.</param>
/// <param name="SubscriptionVersion">Changes whenever a subscription comes or goes.</param>
/// <param name="Topics">One entry per event type that was published or subscribed to, by name.</param>
/// <param name="Subscriptions">One entry per active subscription, by id.</param>
/// <param name="Messages">One entry per message subscription that has not ended, by id.</param>
/// <param name="Dispatchers">What serves the queues.</param>
public sealed record EventBusStatistics(
    string Name,
    LifecycleState State,
    DateTimeOffset Time,
    TimeSpan Uptime,
    int SubscriptionVersion,
    IReadOnlyList<BusTopicStatistics> Topics,
    IReadOnlyList<BusSubscriptionStatistics> Subscriptions,
    IReadOnlyList<MessageSubscriptionStatistics> Messages,
    BusDispatchStatistics Dispatchers)
{
    /// <summary>Events published while somebody was subscribed.</summary>
    public long Published => Topics.Sum(static topic => topic.Published);

    /// <summary>A line for the bus, and an indented one for each part.</summary>
    public override string ToString() => string.Join('\n', [
        Invariant($"bus \"{Name}\" {State}: {Published:N0} published"),
        .. Topics.Select(static topic => $"  {topic}"),
        .. Subscriptions.Select(static subscription => $"  {subscription}"),
        .. Messages.Select(static messages => $"  {messages}"),
        $"  {Dispatchers}"]);
}

/// <summary>The counters of one event type.</summary>
/// <param name="Name">The event type's name.</param>
/// <param name="Published">Events published while somebody was subscribed.</param>
/// <param name="SubscriptionCount">Subscriptions that take it, by type or by pattern.</param>
/// <param name="EventPool">The envelopes that queued events are in.</param>
public sealed record BusTopicStatistics(
    string Name, long Published, int SubscriptionCount, PoolStatistics EventPool)
{
    /// <summary>One line.</summary>
    public override string ToString() => Invariant(
        $"topic {Name}: {Published:N0} published to {SubscriptionCount:N0} subscriptions; envelopes {EventPool}");
}

/// <summary>The counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">Which event names it takes.</param>
/// <param name="Mode">The mode that its options, or the bus's, ask for.</param>
/// <param name="DeliveredCount">
/// Events handed to the handler, those it threw on included; each counts once, however often it is tried.
/// </param>
/// <param name="ErrorCount">Events on which the handler failed for good, and times its filter threw.</param>
/// <param name="Queue">The queue's counters; null for a handler that publishers call directly.</param>
public sealed record BusSubscriptionStatistics(
    long Id, string Name, string Pattern, ProcessingMode Mode, long DeliveredCount, long ErrorCount, QueueStatistics? Queue)
{
    /// <summary>
    /// How long calls took that publishers made directly, while <see cref="MetricsOptions.IsEnabled"/>: the first 16, and of the later
    /// ones one of 256 on each thread; null if there is a queue, or nothing was measured.
    /// </summary>
    public DurationDistribution? DirectTime { get; init; }

    /// <summary>How long the handler took: of the queue's counters, or of direct calls; null if nothing was measured.</summary>
    public DurationDistribution? HandlerTime => Queue?.HandlerTime ?? DirectTime;

    /// <summary>One line.</summary>
    public override string ToString() =>
        Invariant($"subscription \"{Name}\" (#{Id}, {Pattern}, {Mode}): {DeliveredCount:N0} delivered, {ErrorCount:N0} errors")
        + (Queue is null ? "" : $"; {Queue}");
}
