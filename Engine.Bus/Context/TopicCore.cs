using Engine.Events;

namespace Engine.Bus;

/// <summary>What an event's context knows of the event type and the bus. One object for each pair of them.</summary>
internal abstract class TopicCore(BusCore core, EventDescriptor descriptor)
{
    public BusCore Core { get; } = core;

    public EventDescriptor Descriptor { get; } = descriptor;
}
