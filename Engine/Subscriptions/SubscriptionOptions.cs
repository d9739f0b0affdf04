using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>How a subscription is delivered. Immutable.</summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed record SubscriptionOptions<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>The options a subscription gets when none are given: dispatched, priority 0, no filter.</summary>
    public static SubscriptionOptions<T> Default { get; } = new();

    /// <summary>A name for statistics and error reports; by default <c>subscription-N</c>.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Handlers of one event type are called in descending order of priority, and in order of subscription where it is
    /// equal.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Where the handler runs.</summary>
    public Delivery Delivery
    {
        get;
        init
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentOutOfRangeException(nameof(Delivery), value, "The delivery must be Dispatched or Inline.");
            field = value;
        }
    }

    /// <summary>Which events the handler gets; null for all.</summary>
    public EventFilter<T>? Filter { get; init; }

    /// <summary>
    /// Which events the handler gets, as a lambda: <c>Where = fault => fault.Address > 0x1000</c>; null for all. Where there is a
    /// <see cref="Filter"/> too, an event has to pass both, and this is asked second. Must not block. One that throws lets the event not
    /// pass, and is counted as a handler error.
    /// </summary>
    public Func<T, bool>? Where { get; init; }

    /// <summary>
    /// Called once per gap, with the range of lost sequences, before the next event. Dispatched delivery only: an inline
    /// subscriber sees each event before it can be lost, and to subscribe one with it throws <see cref="ArgumentException"/>.
    /// </summary>
    public LossAction? OnLost { get; init; }

    /// <summary>
    /// The instruction of a virtual CPU that the subscription begins at, exactly; null to begin at once. It covers that instruction and
    /// all that happens from there on. Only events of that virtual CPU are delivered then. Where it has been passed already the
    /// subscription is refused: see <see cref="Subscription.Coverage"/>.
    /// </summary>
    public Boundary? From { get; init; }

    /// <summary>
    /// The instruction of the same virtual CPU that the subscription ends before, exactly; null for no end. Without
    /// <see cref="From"/> it begins where the virtual CPU looks first.
    /// </summary>
    public Boundary? Until { get; init; }

    /// <summary>
    /// Which instructions of <c>vm.instruction</c> are wanted, between the boundaries; null for all. What is outside is counted and,
    /// unless another subscription wants it, not published. Needs <see cref="From"/> or <see cref="Until"/>, which name the virtual CPU.
    /// </summary>
    public ExecutionRegion? Region { get; init; }

    /// <summary>
    /// Called when <see cref="Subscription.Coverage"/> changes its state, on the thread of the virtual CPU between two instructions. Must
    /// not block. What it throws is counted as a handler error.
    /// </summary>
    public Action<BoundaryCoverage>? OnCoverage { get; init; }

    /// <summary>
    /// Whether events are left out that the subscription has had already, by producer and sequence: those that a virtual CPU causes again
    /// when it has been set back to a cut. Default: false, for handlers that are set back with it.
    /// </summary>
    public bool SkipsRepeats { get; init; }

    /// <summary>Whether it asks for what only an engine can do.</summary>
    internal bool NeedsEngine => IsBounded || Region is not null || SkipsRepeats;

    /// <summary>Whether it has boundaries.</summary>
    internal bool IsBounded => From is not null || Until is not null;

    /// <summary>Inline, and the handler takes what is published at once in one call.</summary>
    internal bool TakesRuns { get; init; }

    /// <summary>The parts of a lane that are wanted, which another part of the engine decides on; null where nobody does.</summary>
    internal EventWindow<T>? Window { get; init; }

    /// <summary>What <see cref="Filter"/> and <see cref="Where"/> let pass; null for all. Makes a filter.</summary>
    internal EventFilter<T>? Passing => EventFilter.Both(Filter, Where);
}
