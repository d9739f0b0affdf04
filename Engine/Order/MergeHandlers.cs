using Engine.Events;

namespace Engine.Order;

/// <summary>
/// The handlers of a subscription that merges several event types. At one virtual time of one producer, events of the type that was
/// added first come first. Not thread-safe.
/// </summary>
public sealed class MergeHandlers
{
    private readonly List<MergeSource> _sources = [];

    internal IReadOnlyList<MergeSource> Sources => _sources;

    /// <summary>Adds an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">Gets its events that lie in a row in the one order.</param>
    /// <param name="duration">As <see cref="MergeOptions{T}.Duration"/>.</param>
    /// <returns>This.</returns>
    /// <exception cref="ArgumentException">The event type has been added before.</exception>
    public MergeHandlers Add<T>(Action<ReadOnlySpan<MergedEvent<T>>, long> handler, Func<T, long>? duration = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (_sources.Exists(static source => source is MergeSource<T>))
            throw new ArgumentException($"{T.Descriptor.Name} has been added before; one handler can call several.", nameof(handler));
        _sources.Add(new MergeSource<T>(handler, duration));
        return this;
    }
}
