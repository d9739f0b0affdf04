namespace Engine.Bus.Versions;

/// <summary>Collects versions of events and the upcasters between them. Not thread-safe.</summary>
public sealed class EventVersionsBuilder
{
    private readonly Dictionary<Type, VersionNode> _nodes = [];

    /// <summary>Declares a version that no upcaster names, such as the only one of an event.</summary>
    /// <typeparam name="T">The version.</typeparam>
    public EventVersionsBuilder Add<T>()
        where T : IVersionedEvent<T>
    {
        NodeOf<T>();
        return this;
    }

    /// <summary>Declares two versions and the hop from one to the other, which must be the next.</summary>
    /// <typeparam name="TFrom">A version.</typeparam>
    /// <typeparam name="TTo">The version after it.</typeparam>
    /// <param name="upcast">Makes the second of the first.</param>
    public EventVersionsBuilder AddUpcaster<TFrom, TTo>(EventUpcaster<TFrom, TTo> upcast)
        where TFrom : IVersionedEvent<TFrom>
        where TTo : IVersionedEvent<TTo>
    {
        ArgumentNullException.ThrowIfNull(upcast);
        VersionNode<TFrom> from = NodeOf<TFrom>();
        from.Hops.Add(new VersionHop<TFrom, TTo>(from, NodeOf<TTo>(), upcast));
        return this;
    }

    /// <summary>Declares a version and how its bytes are read, for events from outside.</summary>
    /// <typeparam name="T">The version.</typeparam>
    /// <param name="decode">Makes an event of its bytes.</param>
    /// <exception cref="InvalidOperationException">The version has a decoder already.</exception>
    public EventVersionsBuilder AddDecoder<T>(EventDecoder<T> decode)
        where T : IVersionedEvent<T>
    {
        ArgumentNullException.ThrowIfNull(decode);
        VersionNode<T> node = NodeOf<T>();
        if (node.Decoder is not null)
            throw new InvalidOperationException($"{node.Version} ({typeof(T)}) has a decoder already.");
        node.Decoder = decode;
        return this;
    }

    /// <summary>Checks that each event's versions form one chain without gaps to its newest, and composes the paths.</summary>
    /// <exception cref="EventVersionException">They do not; the message names all problems.</exception>
    public EventVersions Build()
    {
        List<string> problems = VersionChainCheck.FindProblems(_nodes.Values);
        if (problems.Count > 0)
            throw new EventVersionException("The versions of events do not fit together: " + string.Join(" ", problems));
        var paths = new Dictionary<Type, UpcastPath>();
        foreach (IGrouping<string, VersionNode> chain in _nodes.Values.GroupBy(static node => node.Version.EventName, StringComparer.Ordinal))
        {
            UpcastPath? path = null;
            foreach (VersionNode node in chain.OrderByDescending(static node => node.Version.Version))
            {
                path = path is null ? node.CreateLastPath() : node.Hops[0].Prepend(path);
                paths.Add(node.Type, path);
            }
        }

        return new EventVersions(paths);
    }

    private VersionNode<T> NodeOf<T>()
        where T : IVersionedEvent<T>
    {
        if (!_nodes.TryGetValue(typeof(T), out VersionNode? node))
            _nodes.Add(typeof(T), node = new VersionNode<T>());
        return (VersionNode<T>)node;
    }
}
