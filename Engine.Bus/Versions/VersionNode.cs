using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>A declared version, and the upcasters that start at it.</summary>
internal abstract class VersionNode(Type type, EventVersion version, EventDescriptor descriptor)
{
    public Type Type { get; } = type;

    public EventVersion Version { get; } = version;

    public EventDescriptor Descriptor { get; } = descriptor;

    public List<VersionHop> Hops { get; } = [];

    /// <summary>The path of the newest version.</summary>
    public abstract UpcastPath CreateLastPath();
}

internal sealed class VersionNode<T>() : VersionNode(typeof(T), new EventVersion(T.EventName, T.Version), T.Descriptor)
    where T : IVersionedEvent<T>
{
    public EventDecoder<T>? Decoder { get; set; }

    public override UpcastPath CreateLastPath() =>
        new UpcastPath<T, T>(Version, Version, static (in T @event) => @event, Decoder);
}

/// <summary>A declared upcaster.</summary>
internal abstract class VersionHop(VersionNode to)
{
    public VersionNode To { get; } = to;

    /// <summary>The path that begins with this hop and goes on as the other.</summary>
    public abstract UpcastPath Prepend(UpcastPath rest);
}

internal sealed class VersionHop<TFrom, TTo>(VersionNode<TFrom> from, VersionNode<TTo> to, EventUpcaster<TFrom, TTo> upcast) : VersionHop(to)
    where TFrom : IVersionedEvent<TFrom>
    where TTo : IVersionedEvent<TTo>
{
    public override UpcastPath Prepend(UpcastPath rest) => ((UpcastPath<TTo>)rest).Prepend(upcast, from.Version, from.Decoder);
}
