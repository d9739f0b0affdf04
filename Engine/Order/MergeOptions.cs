using Engine.Events;
using Engine.Primitives;
using Engine.Publish;

namespace Engine.Order;

/// <summary>How the events of several producers are merged. Immutable.</summary>
public record MergeOptions
{
    private static readonly OptionRange<int> CapacityRange = OptionRange.Of(1, MaxCapacity);

    internal static OptionTable<MergeOptions> Ranges { get; } = new OptionTable<MergeOptions>("a merging subscription")
        .With(nameof(Capacity), CapacityRange, static o => o.Capacity);

    /// <summary>Most slots of a producer.</summary>
    public const int MaxCapacity = 1 << 24;

    /// <summary>
    /// Whose events are merged, in the order in which events of equal virtual time come; at least one. A producer that is not
    /// disposed and reports no progress holds back the events of all others.
    /// </summary>
    public required IReadOnlyList<EventProducer> Producers { get; init; }

    /// <summary>
    /// Events of one producer and type that wait for those of others, at most; rounded up to a power of two. Where they are more, the
    /// producer waits. So it has to hold what a producer publishes before another one of the same thread gets on, such as in its turn, and,
    /// where several types are merged, before it reports its progress. 1 to 16,777,216; default 65,536. Each takes 24 bytes and
    /// the event's own at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above <see cref="MaxCapacity"/>.</exception>
    public int Capacity
    {
        get;
        init
        {
            CapacityRange.Check(value, nameof(Capacity));
            field = value;
        }
    } = 65_536;

    /// <summary>A name for statistics and error reports; by default <c>subscription-N</c>.</summary>
    public string? Name { get; init; }
}

/// <summary>How the events of one type and several producers are merged. Immutable.</summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed record MergeOptions<T> : MergeOptions
    where T : unmanaged, IEvent<T>
{
    /// <summary>
    /// How long an event took, where several are published at once that happened one after another: the last of them ended at the
    /// producer's virtual time. Null for events that take no time, which all happened then. Called on the publisher's thread.
    /// Where it throws, the event takes no time, and the subscription has a handler error.
    /// </summary>
    public Func<T, long>? Duration { get; init; }
}
