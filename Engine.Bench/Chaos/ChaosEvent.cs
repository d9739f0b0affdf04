using Engine.Bus.Versions;
using Engine.Events;
using Engine.Storage.Records;

namespace Engine.Bench.Chaos;

/// <summary>What victims publish: a number that is used once.</summary>
internal sealed record ChaosEvent(long Number) : IEvent<ChaosEvent>
{
    /// <summary>The name of events that went through an outbox.</summary>
    public const string OutboxType = "chaos.outbox";

    public static EventDescriptor Descriptor { get; } = new("chaos.event");

    public static EventVersions Versions { get; } = new EventVersionsBuilder().Add(ChaosJsonContext.Event).Build();

    public static StoredEventFactory Events { get; } = new(Versions, "chaos");

    /// <summary>Whether handlers throw on it, so that it becomes a dead letter.</summary>
    public bool Fails => Number % 10 == 3;
}
