using Engine.Events;

namespace Engine.Tests.Bus.FirstHour;

public readonly record struct Tick(int Value) : IEvent<Tick>
{
    public static EventDescriptor Descriptor { get; } = new("clock.tick");
}

public sealed record Order(int Number, decimal Amount = 0) : IEvent<Order>
{
    public static EventDescriptor Descriptor { get; } = new("order.placed");
}
