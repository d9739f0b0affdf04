using System.Collections;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// Messages of one type handed out together, in the order in which they would have been handed out one by one. Immutable; each has a lease
/// of its own.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class MessageBatch<T> : IReadOnlyList<EventMessage<T>>
    where T : IEvent<T>
{
    internal MessageBatch(MessageBatch untyped) => Untyped = untyped;

    /// <summary>The same batch, with messages that do not say their type.</summary>
    public MessageBatch Untyped { get; }

    /// <summary>Messages in the batch, at least 1.</summary>
    public int Count => Untyped.Count;

    /// <summary>One message.</summary>
    /// <param name="index">Its place, from 0.</param>
    public EventMessage<T> this[int index] => new(Untyped[index]);

    /// <inheritdoc cref="MessageBatch.AckAll"/>
    public int AckAll() => Untyped.AckAll();

    /// <inheritdoc cref="MessageBatch.NackAll(TimeSpan?)"/>
    public int NackAll(TimeSpan? delay = null) => Untyped.NackAll(delay);

    /// <inheritdoc cref="MessageBatch.NackAll(Exception, TimeSpan?)"/>
    public int NackAll(Exception error, TimeSpan? delay = null) => Untyped.NackAll(error, delay);

    /// <inheritdoc cref="MessageBatch.ReleaseAll"/>
    public int ReleaseAll() => Untyped.ReleaseAll();

    /// <inheritdoc/>
    public IEnumerator<EventMessage<T>> GetEnumerator()
    {
        foreach (EventMessage message in Untyped)
            yield return new EventMessage<T>(message);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
