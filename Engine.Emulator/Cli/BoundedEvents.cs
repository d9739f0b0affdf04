using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>
/// Gives what subscribes through it the boundaries and the region of the command line: of each hart, by its own count of instructions.
/// </summary>
/// <param name="engine">Where the events come from.</param>
/// <param name="settings">The boundaries.</param>
/// <param name="hartCount">Number of harts.</param>
internal sealed class BoundedEvents(IEventSubscriptions engine, BoundarySettings settings, int hartCount) : IEventSubscriptions
{
    private readonly Subscription?[] _told = new Subscription?[hartCount];

    /// <summary>What the subscriptions cover, once they have begun or have been refused, or null.</summary>
    public string? CoverageLine
    {
        get
        {
            string[] lines =
            [
                .. _told.Select(static (subscription, hart) => (subscription?.Coverage, hart))
                    .Where(static told => told.Coverage is not null)
                    .Select(told => hartCount == 1 ? $"{told.Coverage}" : $"hart {told.hart}: {told.Coverage}"),
            ];
            return lines.Length == 0 ? null : string.Join("; ", lines);
        }
    }

    /// <summary>What the subscriptions to a hart cover, or null as long as that is not known.</summary>
    public BoundaryCoverage? CoverageOf(int hart) => _told[hart]?.Coverage;

    public Subscription Subscribe<T>(IEventHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T> =>
        OnEach<T>(options, bounded => engine.Subscribe(handler, bounded));

    public Subscription SubscribeBatch<T>(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T> =>
        OnEach<T>(options, bounded => engine.SubscribeBatch(handler, bounded));

    public void VisitEventTypes(IEventTypeVisitor visitor) => engine.VisitEventTypes(visitor);

    // A boundary is of one virtual CPU, so each has a subscription of its own. They end with the engine.
    private Subscription OnEach<T>(SubscriptionOptions<T>? options, Func<SubscriptionOptions<T>, Subscription> subscribe)
        where T : unmanaged, IEvent<T>
    {
        Subscription? first = null;
        for (int hart = 0; hart < hartCount; hart++)
        {
            Subscription subscription = subscribe((options ?? SubscriptionOptions<T>.Default) with
            {
                From = settings.From is ulong from ? new Boundary((ushort)hart, from) : Boundary.Next((ushort)hart),
                Until = settings.Until is ulong until ? new Boundary((ushort)hart, until) : null,
                Region = typeof(T) == typeof(InstructionRetired) ? settings.Region : null,
            });
            first ??= subscription;

            // The instructions' tells most, and with a region more.
            if (_told[hart] is null || subscription.EventType.Name == InstructionRetired.Descriptor.Name)
                _told[hart] = subscription;
        }

        return first!;
    }
}
