namespace Engine.Cluster.Transport;

/// <summary>
/// What hosts and hubs need of a broker, and no more. What is sent is kept by the broker until it is consumed; what is told reaches
/// whoever listens at the time. Thread-safe. Errors are <see cref="Contracts.ClusterException"/>.
/// </summary>
/// <remarks>
/// A broker is transport and not the truth: it may lose what it has acknowledged. Delivery is at least once, in the order of sending as
/// long as nothing fails.
/// </remarks>
public interface IClusterTransport : IAsyncDisposable
{
    /// <summary>Bytes of a message at most, headers included; known once there was a connection, and 1 MiB before.</summary>
    int MaxMessageBytes { get; }

    /// <summary>Whether there is a connection now.</summary>
    bool IsConnected { get; }

    /// <summary>Makes a stream, or brings its limits up to date. Whatever is in it stays.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask EnsureStreamAsync(TransportStream stream, CancellationToken cancellationToken);

    /// <summary>Makes a durable consumer of a stream, if there is none of that name.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name; consumers of the same name share the messages.</param>
    /// <param name="isOrdered">Whether only one message may be under way at a time, so that none overtakes one that failed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask EnsureConsumerAsync(string stream, string consumer, bool isOrdered, CancellationToken cancellationToken);

    /// <summary>
    /// Hands a message over, behind those that were handed over before. The body must stay as it is until the inner task has ended.
    /// </summary>
    /// <returns>A task that ends when the broker has acknowledged the message.</returns>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<Task> BeginSendAsync(TransportMessage message, CancellationToken cancellationToken);

    /// <summary>Takes messages: waits for the first one, and takes what else is there.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="most">Messages at most.</param>
    /// <param name="wait">How long the first one is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Messages in the order of the stream; none if none came in time.</returns>
    ValueTask<IReadOnlyList<TransportDelivery>> ReceiveAsync(
        string stream, string consumer, int most, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>
    /// Messages that a consumer has not been given yet, or has not acknowledged. Of a queue it is at least what the stream holds, whatever
    /// the broker believes its consumer to be at.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<long> CountPendingAsync(string stream, string consumer, CancellationToken cancellationToken);

    /// <summary>
    /// Has a queue's consumer begin anew, where the broker gives it nothing any more: what is not settled comes again. It has to be
    /// ensured afterwards.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="consumer">The consumer's name; that there is none is as good.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask ResetConsumerAsync(string stream, string consumer, CancellationToken cancellationToken);

    /// <summary>Deletes a stream with all that is in it.</summary>
    /// <param name="stream">The stream's name; that there is none is as good.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask DeleteStreamAsync(string stream, CancellationToken cancellationToken);

    /// <summary>Tells those who listen now; nobody keeps it.</summary>
    /// <param name="subject">What about.</param>
    /// <param name="body">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask TellAsync(string subject, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Asks, and waits for the first answer.</summary>
    /// <param name="subject">What about.</param>
    /// <param name="body">The question.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null if nobody answered.</returns>
    ValueTask<ReadOnlyMemory<byte>?> AskAsync(
        string subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Listens to what is told, over broken connections too, until it is cancelled.</summary>
    /// <param name="subject">What about; <c>*</c> stands for one part of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<TransportNote> ListenAsync(string subject, CancellationToken cancellationToken);
}

/// <summary>A stream of a broker.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Subjects">The subjects that it takes.</param>
/// <param name="IsQueue">
/// Whether a message is gone once its one consumer has acknowledged it, and a full stream takes nothing; otherwise messages are kept
/// for a time, any number of consumers read them, and a full stream forgets the oldest.
/// </param>
public sealed record TransportStream(string Name, string Subjects, bool IsQueue)
{
    /// <summary>Bytes of it at most; null for <see cref="Contracts.ClusterOptions.MaxStreamBytes"/>.</summary>
    public long? MaxBytes { get; init; }
}

/// <summary>A message on its way to a broker.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Id">Identifies it: one that the broker has already is acknowledged and not kept twice.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Headers">What stands beside the bytes: names and texts.</param>
public sealed record TransportMessage(
    string Subject, string Id, ReadOnlyMemory<byte> Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>Something that was told.</summary>
/// <param name="Subject">What about.</param>
/// <param name="Body">The message.</param>
/// <param name="Reply">Answers; null if nobody waits for one.</param>
public sealed record TransportNote(string Subject, ReadOnlyMemory<byte> Body, Func<ReadOnlyMemory<byte>, ValueTask>? Reply);

/// <summary>A message from a broker. One settlement counts. Thread-safe.</summary>
public abstract class TransportDelivery
{
    /// <summary>What it is about.</summary>
    public abstract string Subject { get; }

    /// <summary>Its bytes.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>The how-many-eth time it is delivered, from 1.</summary>
    public abstract int Attempt { get; }

    /// <summary>The text of a header; null if there is none.</summary>
    /// <param name="name">Its name.</param>
    public abstract string? Header(string name);

    /// <summary>It is done with.</summary>
    public abstract ValueTask AckAsync(CancellationToken cancellationToken);

    /// <summary>It is to be delivered again.</summary>
    /// <param name="delay">Not before this time has passed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract ValueTask NackAsync(TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>It is being worked on: the time after which it is delivered again begins anew.</summary>
    public abstract ValueTask ExtendAsync(CancellationToken cancellationToken);

    /// <summary>It is never to be delivered again, although it was not done.</summary>
    public abstract ValueTask TerminateAsync(CancellationToken cancellationToken);
}
