using System.Runtime.CompilerServices;

namespace Engine.Bus.Messages;

/// <summary>
/// A subscription whose events, of whatever type, wait as messages until a consumer has acknowledged each. Several consumers, of any kind,
/// may read it at the same time: each message goes to one of them. All members are thread-safe.
/// </summary>
public sealed class MessageSubscription : MessageSubscriptionBase, IAsyncEnumerable<EventMessage>
{
    internal MessageSubscription(MessageSubscriptionCore core)
        : base(core)
    {
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
    public IAsyncEnumerator<EventMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) => Core.Read(cancellationToken);

    /// <summary>
    /// Hands out messages in batches until the subscription ends. When it ends or the token is cancelled while a batch
    /// is being filled, its messages go back. While the bus stops, batches are handed out however small they are.
    /// </summary>
    /// <param name="size">Messages that make a batch: 1 to <see cref="MessageSubscriptionOptions.OutputBuffer"/>.</param>
    /// <param name="maxWait">How long the first message of a batch waits for others; shorter than the lease.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size or the wait is out of its range.</exception>
    public IAsyncEnumerable<MessageBatch> ReadBatchesAsync(int size, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        Core.CheckBatch(size, maxWait);
        return Core.ReadBatches(size, maxWait, cancellationToken);
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
    /// Calls that may run at the same time: 1 to 65,536, or <see cref="BusSubscriptionOptions.Unlimited"/>; no more than may be handed
    /// out. 1 keeps the order of messages that do not fail.
    /// </param>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is out of its range.</exception>
    [OverloadResolutionPriority(2)]
    public Task RunAsync(
        Func<EventMessage, CancellationToken, ValueTask> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, token) => handler(message, token), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunAsync(
        Func<EventMessage, CancellationToken, Task> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, token) => new ValueTask(handler(message, token)), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunAsync(Func<EventMessage, Task> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run((message, _) => new ValueTask(handler(message)), maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/>
    public Task RunAsync(Action<EventMessage> handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Run(
            (message, _) =>
            {
                handler(message);
                return ValueTask.CompletedTask;
            },
            maxConcurrency,
            cancellationToken);
    }

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
        Func<MessageBatch, CancellationToken, ValueTask> handler,
        int size,
        TimeSpan maxWait,
        int maxConcurrency = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches((batch, token) => handler(batch, token), size, maxWait, maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunBatchesAsync(Func{MessageBatch, CancellationToken, ValueTask}, int, TimeSpan, int, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public Task RunBatchesAsync(
        Func<MessageBatch, Task> handler, int size, TimeSpan maxWait, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches((batch, _) => new ValueTask(handler(batch)), size, maxWait, maxConcurrency, cancellationToken);
    }

    /// <inheritdoc cref="RunBatchesAsync(Func{MessageBatch, CancellationToken, ValueTask}, int, TimeSpan, int, CancellationToken)"/>
    public Task RunBatchesAsync(
        Action<MessageBatch> handler, int size, TimeSpan maxWait, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunBatches(
            (batch, _) =>
            {
                handler(batch);
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
}
