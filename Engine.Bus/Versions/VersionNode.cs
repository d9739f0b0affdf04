using Engine.Bus.Codecs;
using Engine.Events;

namespace Engine.Bus.Versions;

/// <summary>A declared version, its codec, and the upcasters that start at it.</summary>
internal abstract class VersionNode(Type type, EventVersion version, EventDescriptor descriptor)
{
    public Type Type { get; } = type;

    public EventVersion Version { get; } = version;

    public EventDescriptor Descriptor { get; } = descriptor;

    public List<VersionHop> Hops { get; } = [];

    /// <summary>What is known of the version when it is the newest.</summary>
    public abstract KnownVersion Complete();
}

internal sealed class VersionNode<T>() : VersionNode(typeof(T), new EventVersion(T.EventName, T.Version), EventDescriptor.Of<T>())
    where T : IEvent<T>
{
    public IEventCodec<T>? Codec { get; set; }

    public override KnownVersion Complete() => new KnownVersion<T, T>(Version, Version, static (in T @event) => @event, Codec);
}

/// <summary>A declared upcaster.</summary>
internal abstract class VersionHop(VersionNode to)
{
    public VersionNode To { get; } = to;

    /// <summary>What is known of the version at which this hop starts, when it goes on from its end as the other does.</summary>
    public abstract KnownVersion Complete(KnownVersion rest);
}

internal sealed class VersionHop<TFrom, TTo>(
    VersionNode<TFrom> from, VersionNode<TTo> to, EventTransform<TFrom, TTo> upcast) : VersionHop(to)
    where TFrom : IEvent<TFrom>
    where TTo : IEvent<TTo>
{
    public override KnownVersion Complete(KnownVersion rest) => ((KnownVersion<TTo>)rest).Prepend(upcast, from.Version, from.Codec);
}
