namespace Engine.Bus.Messages;

/// <summary>
/// Keeps parked messages outside of the subscription, for instance as dead letters in a database. A message is settled
/// only after its write; if that fails, the message stays in the queue, is handed out again after the delay of a nack,
/// and is written again when it fails again. Must be thread-safe.
/// </summary>
public interface IParkedMessageStore
{
    /// <summary>Writes a message. Called on a thread of the pool; holds no lock of the subscription.</summary>
    /// <param name="message">The message; immutable.</param>
    /// <returns>Completes when the message is durable; fails when it is not.</returns>
    ValueTask StoreAsync(ParkedMessage message);
}
