using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>
/// One version of an event of which there are several. All of them have one <see cref="IEvent{TSelf}.EventName"/>, by which
/// stored and foreign events are known together with <see cref="IEvent{TSelf}.Version"/>; here both have to be said. On a bus
/// each version is an event type of its own and needs a descriptor with a name of its own: that of the newest version is the
/// event's name, so that subscribers by name get the newest, and that of an older one is <c>name.vN</c>, as
/// <see cref="EventVersions.DescriptorName"/> gives it.
/// </summary>
/// <typeparam name="TSelf">The event type itself.</typeparam>
public interface IVersionedEvent<TSelf> : IEvent<TSelf>
    where TSelf : IVersionedEvent<TSelf>
{
    /// <summary>The name that all versions share, in the form of an event name.</summary>
    static abstract string IEvent<TSelf>.EventName { get; }

    /// <summary>The version, from 1.</summary>
    static abstract int IEvent<TSelf>.Version { get; }
}
