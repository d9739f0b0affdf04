using Engine.Primitives;

namespace Engine.Bus;

/// <summary>What holds for the subscriptions to messages of a bus, where their own options do not say otherwise.</summary>
public sealed class MessageOptions
{
    /// <summary>
    /// Messages that may be handed out and not settled; <see cref="BusSubscriptionOptions.Unlimited"/> for as many as there are.
    /// </summary>
    public int OutputBuffer { get; set; } = 64;

    /// <summary>Messages that may wait or be in flight. Each takes 16 bytes at once.</summary>
    public int Capacity { get; set; } = 4096;

    /// <summary>What happens to an event that is published while there are as many messages.</summary>
    public OverflowPolicy OverflowPolicy { get; set; }

    /// <summary>How long a publisher waits for room at most; <see cref="Timeout.InfiniteTimeSpan"/> for without limit.</summary>
    public TimeSpan StallTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a consumer has a message before it is handed out again.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handler may have a message whose lease is renewed while it runs.</summary>
    public TimeSpan MaxLease { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Parked messages that are kept.</summary>
    public int ParkedCapacity { get; set; } = 1024;

    /// <summary>How often a message is delivered before it is parked, and how long it waits in between.</summary>
    public RetryOptions Retry { get; set; } = new() { MaxAttempts = 5 };

    internal MessageOptions Copy() => (MessageOptions)MemberwiseClone();
}
