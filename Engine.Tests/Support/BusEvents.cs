using Engine.Events;

namespace Engine.Tests.Support;

/// <summary>A domain event with a reference in it, which only a bus can carry.</summary>
public sealed record OrderCreated(int Number, string Customer = "") : IEvent<OrderCreated>
{
    public static EventDescriptor Descriptor { get; } = new("order.created");
}

/// <summary>A second one under the same first level.</summary>
public sealed record OrderShipped(int Number) : IEvent<OrderShipped>
{
    public static EventDescriptor Descriptor { get; } = new("order.shipped");
}
