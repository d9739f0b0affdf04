using Engine.Bus.Options;
using Engine.Bus.Retry;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Messages;

/// <summary>
/// How a message subscription works. What is not set is taken from the bus's options (<see cref="EventBusOptions.Messages"/>), whose
/// defaults are those named here. Immutable.
/// </summary>
public record MessageSubscriptionOptions
{
    /// <summary>The longest lease and the longest delay.</summary>
    public static readonly TimeSpan MaxDuration = OptionRanges.LongestMessageDuration;

    private static readonly MessageOptions Defaults = new();

    // Null where nothing was set.
    private readonly int? _outputBuffer;
    private readonly int? _capacity;
    private readonly OverflowPolicy? _overflowPolicy;
    private readonly TimeSpan? _stallTimeout;
    private readonly TimeSpan? _lease;
    private readonly TimeSpan? _maxLease;
    private readonly RetryOptions? _retry;
    private readonly int? _parkedCapacity;

    /// <summary>A name for statistics, error reports and keys of idempotency; by default that of its topics.</summary>
    public string? Name { get; init; }

    /// <summary>Where among the bus's handlers of an event it is queued: higher is earlier.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Which events become messages, of whatever type; null for all. Asked on the publisher's thread; one that throws lets the event not
    /// pass.
    /// </summary>
    public AnyEventFilter? Filter { get; init; }

    /// <summary>
    /// The same as <see cref="Filter"/>, by a name that the options of one event type leave visible. An event has to pass both, and
    /// <see cref="MessageSubscriptionOptions{T}.Where"/>.
    /// </summary>
    public AnyEventFilter? AnyFilter
    {
        get => Filter;
        init => Filter = value;
    }

    /// <summary>
    /// Messages that may be handed out and not settled: 1 to 16,777,216, or <see cref="BusSubscriptionOptions.Unlimited"/>; 64. A consumer
    /// that settles none gets no more.
    /// </summary>
    public int OutputBuffer
    {
        get => _outputBuffer ?? Defaults.OutputBuffer;
        init => _outputBuffer = value;
    }

    /// <summary>
    /// Messages that may wait or be in flight, parked ones not counted. 1 to 16,777,216, by default 4,096. Each takes 16 bytes at once, to
    /// the next power of two, and the messages themselves as they come.
    /// </summary>
    public int Capacity
    {
        get => _capacity ?? Defaults.Capacity;
        init => _capacity = value;
    }

    /// <summary>
    /// What happens to an event that is published while <see cref="Capacity"/> messages are unsettled. <c>Wait</c> stalls
    /// the publisher's thread, but for an asynchronous publish; in a handler it refuses. The publisher gets the outcome.
    /// <c>DropOldest</c> drops the message that would be handed out next, those that wait for a redelivery last; when all are in flight,
    /// the new one.
    /// </summary>
    public OverflowPolicy OverflowPolicy
    {
        get => _overflowPolicy ?? Defaults.OverflowPolicy;
        init => _overflowPolicy = value;
    }

    /// <summary>
    /// How long <c>Wait</c> stalls a publisher at most, before it refuses the event: above 0, at most 24 days, or
    /// unlimited, which is <see cref="Timeout.InfiniteTimeSpan"/> and the default.
    /// </summary>
    public TimeSpan StallTimeout
    {
        get => _stallTimeout ?? Defaults.StallTimeout;
        init => _stallTimeout = value;
    }

    /// <summary>How long a consumer has a message before it is handed out again: above 0, at most 24 days; 30 s.</summary>
    public TimeSpan Lease
    {
        get => _lease ?? Defaults.Lease;
        init => _lease = value;
    }

    /// <summary>
    /// How long a handler that is called by
    /// <see cref="MessageSubscription.RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/> or its like may
    /// have a message, from the hand-out on: until then its lease is renewed. A limit of no more than <see cref="Lease"/> renews nothing.
    /// Above 0, at most 24 days; 10 minutes.
    /// </summary>
    public TimeSpan MaxLease
    {
        get => _maxLease ?? Defaults.MaxLease;
        init => _maxLease = value;
    }

    /// <summary>
    /// How often a message is delivered before it is parked, the first delivery counted, and how long it waits after a nack that
    /// names no delay. With <see cref="RetryJitter.Decorrelated"/> the nominal delay stands for the previous one.
    /// </summary>
    public RetryOptions Retry
    {
        get => _retry ?? Defaults.Retry;
        init => _retry = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Parked messages that are kept: 1 to 1,048,576; the oldest gives way and counts as discarded.</summary>
    public int ParkedCapacity
    {
        get => _parkedCapacity ?? Defaults.ParkedCapacity;
        init => _parkedCapacity = value;
    }

    /// <summary>Where parked messages go instead of the list in memory; null for the list.</summary>
    public IParkedMessageStore? ParkedStore { get; init; }

    /// <summary>
    /// Called on the publisher's thread for each event that is dropped or refused. What it throws is reported as an error of the
    /// subscription.
    /// </summary>
    public Action<EventDescriptor, Guid, PublishOutcome>? OnOverflow { get; init; }

    /// <summary>
    /// Keeps the order of events with the same <see cref="EventContext.Key"/>, however many consumers there are, and when one fails
    /// too: the next of a key is handed out only when the one before it is settled for good. Events without key wait for nobody. Of no
    /// effect where there is an <see cref="MessageSubscriptionOptions{T}.OrderingKey"/>.
    /// </summary>
    public bool KeepsKeyOrder { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<MessageSubscriptionOptions> Ranges { get; } =
        new OptionTable<MessageSubscriptionOptions>("a message subscription")
            .With(nameof(OutputBuffer), OptionRanges.OutputBuffer, static o => o.OutputBuffer)
            .With(nameof(Capacity), OptionRanges.MessageCapacity, static o => o.Capacity)
            .With(nameof(ParkedCapacity), OptionRanges.ParkedCapacity, static o => o.ParkedCapacity)
            .With(nameof(Lease), OptionRanges.MessageDuration, static o => o.Lease)
            .With(nameof(MaxLease), OptionRanges.MessageDuration, static o => o.MaxLease)
            .With(nameof(StallTimeout), OptionRanges.MessageStallTimeout, static o => o.StallTimeout);

    /// <summary>The same options, with the bus's where nothing was set.</summary>
    internal MessageSubscriptionOptions WithDefaults(MessageOptions bus) => this with
    {
        OutputBuffer = _outputBuffer ?? bus.OutputBuffer,
        Capacity = _capacity ?? bus.Capacity,
        OverflowPolicy = _overflowPolicy ?? bus.OverflowPolicy,
        StallTimeout = _stallTimeout ?? bus.StallTimeout,
        Lease = _lease ?? bus.Lease,
        MaxLease = _maxLease ?? bus.MaxLease,
        Retry = _retry ?? bus.Retry,
        ParkedCapacity = _parkedCapacity ?? bus.ParkedCapacity,
    };

    internal void Validate()
    {
        Ranges.Check(this);
        if (!Enum.IsDefined(OverflowPolicy))
        {
            throw new ArgumentOutOfRangeException(
                nameof(OverflowPolicy), OverflowPolicy, "The overflow policy must be Wait, DropIncoming, DropOldest or Fail.");
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Retry);
        Retry.Validate();
    }

    internal static void CheckDuration(TimeSpan value, string parameter, bool mayBeZero = false)
    {
        if (value > MaxDuration || value < TimeSpan.Zero || (value == TimeSpan.Zero && !mayBeZero))
        {
            string least = mayBeZero ? "zero or longer" : "above zero";
            throw new ArgumentOutOfRangeException(
                parameter, value, $"The duration must be {least} and at most {MaxDuration.TotalDays} days.");
        }
    }

    /// <summary>The delay after a number of failed attempts.</summary>
    internal TimeSpan NackDelayAfter(int failedAttempts) => RetryBackoff.Next(Retry, failedAttempts - 1);
}
