using Engine.Bus.Retry;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Messages;

/// <summary>How a message subscription works. Immutable.</summary>
public record MessageSubscriptionOptions
{
    /// <summary>The longest lease and the longest delay.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromDays(24);

    /// <summary>A name for statistics, error reports and keys of idempotency; by default that of its topics.</summary>
    public string? Name { get; init; }

    /// <summary>Where among the bus's handlers of an event it is queued: higher is earlier.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Which events become messages, of whatever type; null for all. Asked on the publisher's thread; one that throws lets the event not
    /// pass.
    /// </summary>
    public AnyEventFilter? AnyFilter { get; init; }

    /// <summary>Messages that may be handed out and not settled. A consumer that settles none gets no more. At least 1.</summary>
    public int OutputBuffer { get; init; } = 64;

    /// <summary>
    /// Messages that may wait or be in flight, parked ones not counted. 1 to <see cref="EventDescriptor.MaxCapacity"/>. Each takes 16 bytes
    /// at once, to the next power of two, and the messages themselves as they come.
    /// </summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>
    /// What happens to an event that is published while <see cref="Capacity"/> messages are unsettled. <c>Wait</c> stalls
    /// the publisher's thread, but for an asynchronous publish; in a handler it refuses. The publisher gets the outcome.
    /// <c>DropOldest</c> drops the message that would be handed out next, those that wait for a redelivery last; when all are in flight,
    /// the new one.
    /// </summary>
    public OverflowPolicy OverflowPolicy { get; init; }

    /// <summary>How long <c>Wait</c> stalls a publisher at most, before it refuses the event; by default without limit.</summary>
    public TimeSpan StallTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a consumer has a message before it is handed out again.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a handler that is called by <see cref="MessageSubscription.RunAsync(MessageAction, int, CancellationToken)"/> or its
    /// like may have a message, from the hand-out on: until then its lease is renewed. A limit of no more than <see cref="Lease"/>
    /// renews nothing.
    /// </summary>
    public TimeSpan MaxLease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often a message is delivered before it is parked, the first delivery counted, and how long it waits after a nack that
    /// names no delay. With <see cref="RetryJitter.Decorrelated"/> the nominal delay stands for the previous one.
    /// </summary>
    public RetryOptions Retry { get; init; } = new() { MaxAttempts = 5 };

    /// <summary>Parked messages that are kept; the oldest gives way and counts as discarded. At least 1.</summary>
    public int ParkedCapacity { get; init; } = 1024;

    /// <summary>Where parked messages go instead of the list in memory; null for the list.</summary>
    public IParkedMessageStore? ParkedStore { get; init; }

    /// <summary>
    /// Called on the publisher's thread for each event that is dropped or refused. What it throws is reported as an error of the
    /// subscription.
    /// </summary>
    public Action<EventDescriptor, Guid, PublishOutcome>? OnOverflow { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        AtLeastOne(OutputBuffer, nameof(OutputBuffer));
        AtLeastOne(Capacity, nameof(Capacity));
        if (Capacity > EventDescriptor.MaxCapacity)
            throw new ArgumentOutOfRangeException(nameof(Capacity), Capacity, $"Capacity must be at most {EventDescriptor.MaxCapacity}.");
        AtLeastOne(ParkedCapacity, nameof(ParkedCapacity));
        CheckDuration(Lease, nameof(Lease));
        CheckDuration(MaxLease, nameof(MaxLease));
        if (StallTimeout != Timeout.InfiniteTimeSpan)
            CheckDuration(StallTimeout, nameof(StallTimeout));
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
    internal TimeSpan NackDelayAfter(int failedAttempts)
    {
        try
        {
            return RetryBackoff.Next(Retry, failedAttempts - 1);
        }
        catch (Exception)
        {
            // The source of random numbers is foreign code, and the message is between two states.
            return RetryBackoff.Nominal(Retry, failedAttempts - 1);
        }
    }

    private static void AtLeastOne(int value, string parameter)
    {
        if (value < 1)
            throw new ArgumentOutOfRangeException(parameter, value, $"{parameter} must be at least 1.");
    }
}
