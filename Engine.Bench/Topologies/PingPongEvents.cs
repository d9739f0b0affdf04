using Engine.Events;

namespace Engine.Bench.Topologies;

/// <summary>Goes from the first dispatcher to the second.</summary>
/// <param name="Number">Number of the round trip.</param>
/// <param name="SentTicks">When it began.</param>
internal readonly record struct Ping(long Number, long SentTicks) : IEvent<Ping>
{
    public static EventDescriptor Descriptor { get; } = new("bench.ping");
}

/// <summary>The answer.</summary>
/// <param name="Number">Number of the round trip.</param>
/// <param name="SentTicks">When it began.</param>
internal readonly record struct Pong(long Number, long SentTicks) : IEvent<Pong>
{
    public static EventDescriptor Descriptor { get; } = new("bench.pong");
}
