using System.Collections;

namespace Engine.Bus.Messages;

/// <summary>
/// Messages handed out together, in the order in which they would have been handed out one by one. Immutable; each has a lease of its
/// own.
/// </summary>
public sealed class MessageBatch : IReadOnlyList<EventMessage>
{
    private readonly EventMessage[] _messages;

    internal MessageBatch(EventMessage[] messages) => _messages = messages;

    /// <summary>Messages in the batch, at least 1.</summary>
    public int Count => _messages.Length;

    /// <summary>One message.</summary>
    /// <param name="index">Its place, from 0.</param>
    public EventMessage this[int index] => _messages[index];

    /// <summary>Acknowledges each message that is not settled yet.</summary>
    /// <returns>How many this call settled.</returns>
    public int AckAll()
    {
        int settled = 0;
        foreach (EventMessage message in _messages)
            settled += message.Ack() == SettlementOutcome.Settled ? 1 : 0;
        return settled;
    }

    /// <summary>Refuses each message that is not settled yet.</summary>
    /// <param name="delay">When to hand them out again; by default after a delay that grows with each message's attempts.</param>
    /// <returns>How many this call settled.</returns>
    public int NackAll(TimeSpan? delay = null)
    {
        int settled = 0;
        foreach (EventMessage message in _messages)
            settled += message.Nack(delay) == SettlementOutcome.Settled ? 1 : 0;
        return settled;
    }

    /// <summary>Refuses each message that is not settled yet, with an exception that is kept with the parked ones.</summary>
    /// <param name="error">What the handler threw.</param>
    /// <param name="delay">When to hand them out again; by default after a delay that grows with each message's attempts.</param>
    /// <returns>How many this call settled.</returns>
    public int NackAll(Exception error, TimeSpan? delay = null)
    {
        int settled = 0;
        foreach (EventMessage message in _messages)
            settled += message.Nack(error, delay) == SettlementOutcome.Settled ? 1 : 0;
        return settled;
    }

    /// <summary>Gives back each message that is not settled yet, as if it had not been handed out.</summary>
    /// <returns>How many this call settled.</returns>
    public int ReleaseAll()
    {
        int settled = 0;
        foreach (EventMessage message in _messages)
            settled += message.Release() == SettlementOutcome.Settled ? 1 : 0;
        return settled;
    }

    /// <inheritdoc/>
    public IEnumerator<EventMessage> GetEnumerator() => ((IEnumerable<EventMessage>)_messages).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
