using System.Reflection;
using Engine.Bus;

namespace Engine.Bench.Bus;

/// <summary>Subscriptions that a publisher of another event type should not notice.</summary>
internal static class OtherEvents
{
    private static readonly MethodInfo[] Definitions =
    [
        .. new[] { nameof(SubscribeTo), nameof(Publish) }.Select(static name =>
            typeof(OtherEvents).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!),
    ];

    private static readonly (Action<EventBus> Subscribe, Action<EventBus> Publish)[] Types =
    [
        .. from first in Digits.All
           from second in Digits.All
           from third in Digits.All
           select (Bind(Definitions[0], first, second, third), Bind(Definitions[1], first, second, third)),
    ];

    /// <summary>How many event types there are.</summary>
    public static int TypeCount => Types.Length;

    /// <summary>Subscribes to the types in turn.</summary>
    public static void SubscribeToTypes(EventBus bus, int count)
    {
        for (int i = 0; i < count; i++)
            Types[i % TypeCount].Subscribe(bus);
    }

    /// <summary>Subscribes to patterns that match no event type there is.</summary>
    public static void SubscribeToPatterns(EventBus bus, int count)
    {
        var handler = new AddingHandler();
        for (int i = 0; i < count; i++)
            bus.Subscribe($"area{i}.**.happened", handler);
    }

    /// <summary>Publishes one event of each of the first types.</summary>
    public static void PublishOneOfEach(EventBus bus, int typeCount)
    {
        foreach ((_, Action<EventBus> publish) in Types.AsSpan(0, typeCount))
            publish(bus);
    }

    private static Action<EventBus> Bind(MethodInfo definition, params Type[] digits) =>
        definition.MakeGenericMethod(digits).CreateDelegate<Action<EventBus>>();

    private static void SubscribeTo<TFirst, TSecond, TThird>(EventBus bus)
        where TFirst : IDigit
        where TSecond : IDigit
        where TThird : IDigit =>
        bus.Subscribe<OtherEvent<TFirst, TSecond, TThird>>(static (in OtherEvent<TFirst, TSecond, TThird> _, EventContext _) => { });

    private static void Publish<TFirst, TSecond, TThird>(EventBus bus)
        where TFirst : IDigit
        where TSecond : IDigit
        where TThird : IDigit =>
        bus.Publish(new OtherEvent<TFirst, TSecond, TThird>(1));
}
