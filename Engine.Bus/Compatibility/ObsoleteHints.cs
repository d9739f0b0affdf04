namespace Engine.Compatibility;

/// <summary>What the compiler says where old types are used. One diagnostic id, so that a project can allow all of them at once.</summary>
internal static class ObsoleteHints
{
    public const string DiagnosticId = "ENGINE001";

    public const string DomainBus =
        "Use EventBus or IEventBus: declare the event as a type T : IEvent<T>, then IEventBus.Subscribe<T> and IEventBus.Publish. "
        + "Engine.Migration rewrites most uses.";

    public const string AsyncBus =
        "Use EventBus or IEventBus with subscriptions in ProcessingMode.Async: IEventBus.Subscribe<T> and IEventBus.PublishAsync. "
        + "Engine.Migration rewrites most uses.";

    public const string Event =
        "Use IEvent<T>: its Descriptor holds the name, and IEventBus.Subscribe<T> subscribes to the type. "
        + "Engine.Migration rewrites most uses.";

    public const string Handler =
        "Use IBusHandler<T> or a lambda of type BusAction<T> with IEventBus.Subscribe<T>.";

    public const string Filter =
        "Use EventFilter<T>, given in BusSubscriptionOptions<T>.Filter to IEventBus.Subscribe<T>.";

    public const string Bridge =
        "Only carries events of the old kind over the new bus. Declare a type T : IEvent<T> and use IEventBus.Subscribe<T>.";
}
