using Engine.Bus.Options;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Polly;

namespace Engine.Bus;

/// <summary>
/// How a subscription to a bus is delivered. What is null is taken from the bus's options, and follows them when they
/// change. Immutable.
/// </summary>
public record BusSubscriptionOptions
{
    /// <summary>As <see cref="BatchSize"/> or <see cref="MaxConcurrency"/>: as many as there are. Nothing is allocated for it.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>As <see cref="BatchMaxWait"/>: until the batch is full.</summary>
    public static readonly TimeSpan UnlimitedWait = TimeSpan.MaxValue;

    /// <summary>The options a subscription gets when none are given.</summary>
    public static BusSubscriptionOptions Default { get; } = new();

    /// <summary>A name for statistics and error reports; by default <c>subscription-N</c>.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Handlers of one event are called, and queues filled, in descending order of priority, and in order of subscription where it is
    /// equal.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Which events the handler gets, of whatever type; null for all. Asked on the publisher's thread.</summary>
    public AnyEventFilter? Filter { get; init; }

    /// <summary>
    /// The same as <see cref="Filter"/>, by a name that the options of one event type leave visible. An event has to pass both, and
    /// <see cref="BusSubscriptionOptions{T}.Where"/>.
    /// </summary>
    public AnyEventFilter? AnyFilter
    {
        get => Filter;
        init => Filter = value;
    }

    /// <summary>Where and how the handler runs.</summary>
    public ProcessingMode? Mode { get; init; }

    /// <summary>How often it is the queue's turn among those that wait for a dispatcher.</summary>
    public DispatchPriority DispatchPriority { get; init; }

    /// <summary>
    /// Events that may wait in the queue: 1 to 16,777,216. With an ordering key it is the bound for each of the parallel queues.
    /// </summary>
    public int? QueueCapacity { get; init; }

    /// <summary>What happens to an event that is published while the queue is full.</summary>
    public OverflowPolicy? OverflowPolicy { get; init; }

    /// <summary>
    /// Told of each gap that the overflow policy made, before the handler gets the next event, on the thread that calls the handler.
    /// Sequences count the events that the subscription's queue was offered and did not refuse; with an ordering key, those of one of
    /// its queues. What it throws is reported as an error of the subscription.
    /// </summary>
    public LossAction? OnLost { get; init; }

    /// <summary>
    /// Handlers that may run at the same time: 1 to 65,536, or <see cref="Unlimited"/>, which is as many as there are events, within
    /// the same limit. 1 keeps the order of events. Each that has run takes about 12 KB, most of it for measurements.
    /// </summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>
    /// In batch mode: events that make a batch, 1 to 1,048,576, or <see cref="Unlimited"/>: then a batch is what has come within
    /// <see cref="BatchMaxWait"/>, or a full queue.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// In batch mode: how long the first event of a batch waits for others at most. 1 microsecond to 1 hour, or
    /// <see cref="UnlimitedWait"/>.
    /// </summary>
    public TimeSpan? BatchMaxWait { get; init; }

    /// <summary>
    /// How often and when a failed handler is tried again. In sync mode the first try is on the publisher's thread and the
    /// others on the pool; later events then queue behind, so that order is kept.
    /// </summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>
    /// What each try of the handler runs in: a time-out, a circuit breaker, a rate limit, or several; null for nothing. Retries by
    /// <see cref="Retry"/> are outside it, so that a time-out is one for each try; a retry strategy of its own counts too. The
    /// handler gets the token that the pipeline gives it. A pipeline may wait, and publishing does not: the handler runs in Async or
    /// Batch mode, an asynchronous one in Adaptive mode too. What the pipeline refuses has failed. It must not run tries side by side,
    /// as hedging does: a second one is refused while the first runs. It may be shared by subscriptions, as a circuit breaker should be.
    /// </summary>
    public ResiliencePipeline? Pipeline { get; init; }

    // Made when it is asked for: the ranges name this type's values for no end.
    internal static OptionTable<BusSubscriptionOptions> Ranges => field ??= new OptionTable<BusSubscriptionOptions>("a subscription")
        .With(nameof(QueueCapacity), OptionRanges.QueueCapacity, static o => o.QueueCapacity)
        .With(nameof(MaxConcurrency), OptionRanges.MaxConcurrency, static o => o.MaxConcurrency)
        .With(nameof(BatchSize), OptionRanges.BatchSize, static o => o.BatchSize)
        .With(nameof(BatchMaxWait), OptionRanges.BatchMaxWait, static o => o.BatchMaxWait);
}

/// <summary>Tells which events must stay in order: those for which it gives the same number.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="event">The event.</param>
public delegate int OrderingKeySelector<T>(in T @event)
    where T : IEvent<T>;

/// <summary>How a subscription to one event type of a bus is delivered. Immutable.</summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed record BusSubscriptionOptions<T> : BusSubscriptionOptions
    where T : IEvent<T>
{
    /// <summary>The options a subscription gets when none are given.</summary>
    public static new BusSubscriptionOptions<T> Default { get; } = new();

    /// <summary>
    /// Which events the handler gets; null for all. Asked on the publisher's thread. A filter of any event type can stand here too.
    /// </summary>
    public new EventFilter<T>? Filter { get; init; }

    /// <summary>
    /// Which events the handler gets, as a lambda: <c>Where = order => order.Amount > 100</c>; null for all. Where there is a
    /// <see cref="Filter"/> too, an event has to pass both, and this is asked second. Must not block. One that throws lets the event not
    /// pass, and is counted as an error of the subscription.
    /// </summary>
    public Func<T, bool>? Where { get; init; }

    /// <summary>
    /// Keeps the order of events with the same key although <see cref="BusSubscriptionOptions.MaxConcurrency"/> is above
    /// 1: the subscription has that many queues, and a key always goes to the same one. Their number stays what it is
    /// when the subscription is made: 1,024 where <see cref="BusSubscriptionOptions.Unlimited"/> is asked for. Each takes about 11 KB at
    /// once.
    /// </summary>
    public OrderingKeySelector<T>? OrderingKey { get; init; }

    /// <summary>What <see cref="Filter"/> and <see cref="Where"/> let pass; null for all. Makes a filter.</summary>
    internal EventFilter<T>? Passing => EventFilter.Both(Filter, Where);
}
