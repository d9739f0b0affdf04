#pragma warning disable ENGINE001 // The old types are what is tested.
using Engine.Compatibility;
using Engine.Events;

namespace Engine.Tests.Compatibility;

/// <summary>An event of the old kind.</summary>
internal sealed record OldEvent(string EventType, string? AggregateId = null) : IDomainEvent
{
    public DateTimeOffset OccurredAt { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
}

/// <summary>An event of both kinds, as it is half-way through a migration.</summary>
internal sealed record DiskAttached(int Slot) : IDomainEvent, IEvent<DiskAttached>
{
    public static EventDescriptor Descriptor { get; } = new("disk.attached");

    public string EventType => Descriptor.Name;

    public DateTimeOffset OccurredAt { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string? AggregateId => "vm-1";
}

/// <summary>The old filter of the guides: events of one VM.</summary>
internal sealed class VmIdFilter(string vmId) : IDomainEventFilter
{
    public bool Matches(IDomainEvent @event) => @event.AggregateId == vmId;
}
