using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// A subscription whose events, of one type, wait as messages until a consumer has acknowledged each. Several consumers, of any kind, may
/// read it at the same time: each message goes to one of them. Where one of any type is asked for, it is that too
/// (<see cref="Untyped"/>). All members are thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class MessageSubscription<T> : MessageSubscriptionBase, IAsyncEnumerable<EventMessage<T>>
    where T : IEvent<T>
{
    internal MessageSubscription(MessageSubscriptionCore core)
        : base(core) => Untyped = new MessageSubscription(core);

    /// <summary>The same subscription, with messages that do not say their type.</summary>
    public MessageSubscription Untyped { get; }

    /// <summary>The same subscription, with messages that do not say their type.</summary>
    /// <param name="subscription">The subscription.</param>
    public static implicit operator MessageSubscription(MessageSubscription<T> subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        return subscription.Untyped;
    }

    /// <summary>
    /// Hands out messages until the subscription ends, or the bus has stopped. The consumer settles each; one that it leaves unsettled is
    /// handed out again when its lease ends. Waiting holds no thread. A loop that publishes into its own subscription must not
    /// do so under <c>Wait</c> without <see cref="MessageSubscriptionOptions.StallTimeout"/>: it would wait for itself. What the loop
    /// publishes knows its cause, and loops are found, where it gives <see cref="EventMessage.CausedIds"/>.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the enumeration with <see cref="OperationCanceledException"/>; no message is lost by it.
    /// </param>
    public async IAsyncEnumerator<EventMessage<T>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await using IAsyncEnumerator<EventMessage> messages = Core.Read(cancellationToken);
        while (await messages.MoveNextAsync().ConfigureAwait(false))
            yield return new EventMessage<T>(messages.Current);
    }

    /// <summary>Takes the next message if there is one and the output buffer has room. Does not wait.</summary>
    /// <param name="message">The delivery.</param>
    public bool TryTake(out EventMessage<T> message)
    {
        bool isTaken = Core.TryTake(out EventMessage untyped);
        message = new EventMessage<T>(untyped);
        return isTaken;
    }

    /// <summary>
    /// Hands out messages in batches until the subscription ends. When it ends or the token is cancelled while a batch
    /// is being filled, its messages go back. While the bus stops, batches are handed out however small they are.
    /// </summary>
    /// <param name="size">Messages that make a batch: 1 to <see cref="MessageSubscriptionOptions.OutputBuffer"/>.</param>
    /// <param name="maxWait">How long the first message of a batch waits for others; shorter than the lease.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size or the wait is out of its range.</exception>
    public IAsyncEnumerable<MessageBatch<T>> ReadBatchesAsync(int size, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        Core.CheckBatch(size, maxWait);
        return ReadBatches(size, maxWait, cancellationToken);
    }

    /// <summary>
    /// Calls a handler for each message until the token is cancelled or the subscription ends; then waits for the calls
    /// that run. To return is an ack; to throw is a nack. A call that throws <see cref="OperationCanceledException"/>
    /// after its token was cancelled gives its message back uncounted. While a call runs, its lease is renewed, up to
    /// <see cref="MessageSubscriptionOptions.MaxLease"/>. What the handler publishes is caused by its message, and
    /// inside it <c>Wait</c> refuses instead of stalling.
    /// </summary>
    /// <param name="handler">
    /// The handler; called on threads of the pool. Its token is cancelled when the consumer is to end, or the bus has stopped and waits
    /// no longer.
    /// </param>
    /// <param name="maxConcurrency">
    /// Calls that may run at the same time, at least 1; 1 keeps the order of messages that do not fail.
    /// </param>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is less than 1.</exception>
    [OverloadResolutionPriority(2)]
    public Task RunAsync(
        Func<EventMessage<T>, CancellationToken, ValueTask> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, token) => handler(new EventMessage<T>(message), token), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage{T}, CancellationToken, ValueTask}, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunAsync(
        Func<EventMessage<T>, CancellationToken, Task> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, token) => new ValueTask(handler(new EventMessage<T>(message), token)), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage{T}, CancellationToken, ValueTask}, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunAsync(Func<EventMessage<T>, Task> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, _) => new ValueTask(handler(new EventMessage<T>(message))), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage{T}, CancellationToken, ValueTask}, int, CancellationToken)"/>
    public Task RunAsync(Action<EventMessage<T>> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run(
            (message, _) =>
            {
                handler(new EventMessage<T>(message));
                return ValueTask.CompletedTask;
            },
            maxConcurrency,
            cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage{T}, CancellationToken, ValueTask}, int, CancellationToken)"/>
    public Task RunAsync(
        Func<EventMessage, CancellationToken, ValueTask> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default) =>
        Untyped.RunAsync(handler, maxConcurrency, cancellationToken);

    /// <summary>
    /// Calls a handler for batches of messages until the token is cancelled or the subscription ends. To return acks all of a batch that
    /// the handler has not settled itself, to throw nacks them, and <see cref="OperationCanceledException"/> after its token was
    /// cancelled gives them back uncounted. While a call runs, its leases are renewed, up to
    /// <see cref="MessageSubscriptionOptions.MaxLease"/>. What the handler publishes is caused by the batch as a whole.
    /// </summary>
    /// <param name="handler">
    /// The handler; called on threads of the pool. Its token is cancelled when the consumer is to end, or the bus has stopped and waits
    /// no longer.
    /// </param>
    /// <param name="size">Messages that make a batch: 1 to <see cref="MessageSubscriptionOptions.OutputBuffer"/>.</param>
    /// <param name="maxWait">How long the first message of a batch waits for others; shorter than the lease.</param>
    /// <param name="maxConcurrency">Calls that may run at the same time, at least 1.</param>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size, the wait or the concurrency is out of its range.</exception>
    [OverloadResolutionPriority(2)]
    public Task RunBatchesAsync(
        Func<MessageBatch<T>, CancellationToken, ValueTask> handler,
        int size,
        TimeSpan maxWait,
        int maxConcurrency = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches((batch, token) => handler(new MessageBatch<T>(batch), token), size, maxWait, maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunBatchesAsync(Func{MessageBatch{T}, CancellationToken, ValueTask}, int, TimeSpan, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunBatchesAsync(
        Func<MessageBatch<T>, Task> handler,
        int size,
        TimeSpan maxWait,
        int maxConcurrency = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches(
            (batch, _) => new ValueTask(handler(new MessageBatch<T>(batch))), size, maxWait, maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunBatchesAsync(Func{MessageBatch{T}, CancellationToken, ValueTask}, int, TimeSpan, int, CancellationToken)"/>
    public Task RunBatchesAsync(
        Action<MessageBatch<T>> handler, int size, TimeSpan maxWait, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches(
            (batch, _) =>
            {
                handler(new MessageBatch<T>(batch));
                return ValueTask.CompletedTask;
            },
            size,
            maxWait,
            maxConcurrency,
            cancellationToken);
    }

    private Task Run(Func<EventMessage, CancellationToken, ValueTask> handler, int maxConcurrency, CancellationToken cancellationToken) =>
        Core.RunAsync(handler, maxConcurrency, cancellationToken);

    private Task RunBatches(
        Func<MessageBatch, CancellationToken, ValueTask> handler,
        int size,
        TimeSpan maxWait,
        int maxConcurrency,
        CancellationToken cancellationToken) =>
        Core.RunBatchesAsync(handler, size, maxWait, maxConcurrency, cancellationToken);

    private async IAsyncEnumerable<MessageBatch<T>> ReadBatches(
        int size, TimeSpan maxWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (MessageBatch batch in Core.ReadBatches(size, maxWait, cancellationToken).ConfigureAwait(false))
            yield return new MessageBatch<T>(batch);
    }
}
