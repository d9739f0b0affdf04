using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bus.Options;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>
/// A subscription whose events wait as messages until a consumer has acknowledged each. Several consumers, of any kind,
/// may read it at the same time: each message goes to one of them. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public sealed class MessageSubscription : IAsyncEnumerable<EventMessage>, IAsyncDisposable, IMessageStatisticsSource
{
    private readonly EventBus? _bus;
    private readonly MessageQueue _queue;
    private readonly MessageSubscriptionOptions _options;
    private readonly List<BusSubscription> _intakes = [];

    internal MessageSubscription(IEventBus bus, EventNamePattern[] patterns, MessageSubscriptionOptions options)
    {
        _options = options;
        Patterns = patterns;
        Name = options.Name ?? string.Join(", ", patterns.Select(static pattern => pattern.Text));
        _queue = new MessageQueue(Name, options);
        // The message is copied while the publisher is there; whatever the bus's defaults are, there is nothing to queue or retry.
        var busOptions = new BusSubscriptionOptions
        {
            Name = Name,
            Priority = options.Priority,
            Mode = ProcessingMode.Sync,
            Retry = RetryOptions.None,
        };
        for (int i = 0; i < patterns.Length; i++)
            _intakes.Add(bus.Subscribe(patterns[i].Text, new MessageIntake(_queue, patterns, i), busOptions));
        _bus = bus as EventBus;
        _bus?.Add(this);
    }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>Which event names it takes.</summary>
    public IReadOnlyList<EventNamePattern> Patterns { get; }

    /// <summary>
    /// Hands out messages until the subscription ends. The consumer settles each; one that it leaves unsettled is handed
    /// out again when its lease ends. Waiting holds no thread. A loop that publishes into its own subscription must not
    /// do so under <c>Wait</c> without <see cref="MessageSubscriptionOptions.StallTimeout"/>: it would wait for itself.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the enumeration with <see cref="OperationCanceledException"/>; no message is lost by it.
    /// </param>
    public async IAsyncEnumerator<EventMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var waiter = new ConsumerWaiter(_queue);
        while (true)
        {
            _queue.CheckCancelled(cancellationToken);
            if (_queue.TryTake(out EventMessage message))
                yield return message;
            else if (!await _queue.WaitAsync(waiter, long.MaxValue, cancellationToken).ConfigureAwait(false))
                yield break;
        }
    }

    /// <summary>Takes the next message if there is one and the output buffer has room. Does not wait.</summary>
    /// <param name="message">The delivery.</param>
    public bool TryTake(out EventMessage message) => _queue.TryTake(out message);

    /// <summary>
    /// Hands out messages in batches until the subscription ends. When it ends or the token is cancelled while a batch
    /// is being filled, its messages go back.
    /// </summary>
    /// <param name="size">Messages that make a batch: 1 to <see cref="MessageSubscriptionOptions.OutputBuffer"/>.</param>
    /// <param name="maxWait">How long the first message of a batch waits for others; shorter than the lease.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size or the wait is out of its range.</exception>
    public IAsyncEnumerable<MessageBatch> ReadBatchesAsync(int size, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        if (size < 1 || size > _options.OutputBuffer)
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"A batch must have 1 to {_options.OutputBuffer} messages, as many as the output buffer.");
        if (maxWait < TimeSpan.Zero || maxWait >= _options.Lease)
            throw new ArgumentOutOfRangeException(
                nameof(maxWait), maxWait, $"The wait for a batch must be zero or longer and shorter than the lease, {_options.Lease}.");
        return ReadBatches(size, maxWait, cancellationToken);
    }

    /// <summary>
    /// Calls a handler for each message until the token is cancelled or the subscription ends; then waits for the calls
    /// that run. To return is an ack; to throw is a nack. A call that throws <see cref="OperationCanceledException"/>
    /// after the token was cancelled gives its message back uncounted. While a call runs, its lease is renewed, up to
    /// <see cref="MessageSubscriptionOptions.MaxLease"/>. What the handler publishes is caused by its message, and
    /// inside it <c>Wait</c> refuses instead of stalling.
    /// </summary>
    /// <param name="handler">The handler; called on threads of the pool.</param>
    /// <param name="maxConcurrency">
    /// Calls that may run at the same time: 1 to 65,536, or <see cref="BusSubscriptionOptions.Unlimited"/>; no more than may be handed
    /// out. 1 keeps the order of messages that do not fail.
    /// </param>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is out of its range.</exception>
    public Task RunAsync(MessageAction handler, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        OptionRanges.MaxConcurrency.Check(maxConcurrency, nameof(maxConcurrency));
        // More than may be handed out would never have anything to do.
        int most = Math.Min(OptionRanges.MostConcurrent, Math.Min(_options.OutputBuffer, _options.Capacity));
        var workers = new Task[Math.Min(maxConcurrency, most)];
        for (int i = 0; i < workers.Length; i++)
            workers[i] = Task.Run(() => new MessageRunner(_queue, handler).RunAsync(cancellationToken), CancellationToken.None);
        return Task.WhenAll(workers);
    }

    /// <summary>
    /// Gives an event to this subscription alone, under the ids given: a dead letter that is tried again, or one from history.
    /// Admission, order and outcome are as for a publish on the bus. <c>NotSubscribed</c> if no topic matches, or it has ended.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">Its ids, and whether it comes from history; what is left empty is filled in as by a publish.</param>
    /// <param name="attempt">Which attempt its first delivery here is, from 1: 3 after two that failed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is below 1.</exception>
    /// <exception cref="EventLoopException">Handlers publish too deep, or the event is being handled further up.</exception>
    public PublishOutcome Deliver<T>(in T @event, in EventIds ids = default, int attempt = 1)
        where T : IEvent<T>
    {
        if (attempt < 1)
            throw new ArgumentOutOfRangeException(nameof(attempt), attempt, "Attempts count from 1.");
        // Of the topics that match, the first takes the event over.
        for (int i = 0; i < _intakes.Count; i++)
        {
            if (Patterns[i].Matches(T.Descriptor.Name))
                return _intakes[i].Deliver(@event, ids, attempt);
        }

        return PublishOutcome.NotSubscribed;
    }

    /// <summary>
    /// The same for an event that is a name, a version and bytes. The first of the topics that takes the newest version, or else the
    /// event's own, gets it. Nothing is parked: what cannot be read stays the caller's.
    /// </summary>
    /// <param name="bus">The versions of the bus that this is a subscription of.</param>
    /// <param name="incoming">The event.</param>
    /// <param name="delivered">What became of it; <c>NotSubscribed</c> also if it was not read.</param>
    /// <param name="error">What codec or upcaster threw; null if nothing was thrown.</param>
    /// <param name="attempt">Which attempt its first delivery here is, from 1.</param>
    /// <exception cref="ArgumentException">The subscription is one of another bus.</exception>
    /// <exception cref="EventLoopException">Handlers publish too deep, or the event is being handled further up.</exception>
    public DecodeOutcome Deliver(
        VersionedBus bus, in IncomingEvent incoming, out PublishOutcome delivered, out Exception? error, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(bus);
        int next = 0;
        while (true)
        {
            DecodeOutcome outcome = bus.Deliver(_intakes[next], incoming, out delivered, out error, attempt);
            if (++next == _intakes.Count || delivered != PublishOutcome.NotSubscribed || error is not null)
                return outcome;
        }
    }

    /// <summary>The parked messages, oldest first; none where there is a store for them. Allocates.</summary>
    public IReadOnlyList<ParkedMessage> GetParked() => _queue.GetParked();

    /// <summary>
    /// Puts a parked message back into the queue, under its old id and sequence and with all attempts before it. The checkpoint does
    /// not move.
    /// </summary>
    /// <param name="message">The message.</param>
    public ParkedOutcome Requeue(ParkedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _queue.Requeue(message);
    }

    /// <summary>Drops a parked message.</summary>
    /// <param name="message">The message.</param>
    public ParkedOutcome Discard(ParkedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _queue.Discard(message);
    }

    /// <summary>Reads all counters. Delays no publisher.</summary>
    public MessageSubscriptionStatistics GetStatistics() => _queue.GetStatistics() with { Id = _intakes[0].Id };

    /// <summary>
    /// Ends the subscription: no event is taken over any more, and consumers end after the message they have. Waits for
    /// publishers that are inside the subscription. Messages in flight may still be settled; what waits stays counted
    /// as waiting. Does nothing the second time.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        _queue.Close();
        _bus?.Remove(this);
        foreach (BusSubscription intake in _intakes)
            intake.Dispose();
        return ValueTask.CompletedTask;
    }

    private string DebuggerDisplay => $"{this}, {GetStatistics().Waiting} waiting, {GetStatistics().InFlight} in flight";

    /// <summary>The name and the patterns.</summary>
    public override string ToString() => $"\"{Name}\" ({string.Join(", ", Patterns)})";

    private async IAsyncEnumerable<MessageBatch> ReadBatches(
        int size, TimeSpan maxWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiter = new ConsumerWaiter(_queue);
        var filling = new List<EventMessage>(size);
        long deadline = long.MaxValue;
        try
        {
            while (true)
            {
                _queue.CheckCancelled(cancellationToken);
                bool isTaken = _queue.TryTake(out EventMessage message);
                if (isTaken)
                {
                    if (filling.Count == 0)
                        deadline = _queue.DeadlineAfter(maxWait);
                    filling.Add(message);
                }

                if (filling.Count == size || (!isTaken && filling.Count > 0 && _queue.IsPast(deadline)))
                {
                    var batch = new MessageBatch([.. filling]);
                    filling.Clear();
                    deadline = long.MaxValue;
                    yield return batch;
                }
                else if (!isTaken && !await _queue.WaitAsync(waiter, deadline, cancellationToken).ConfigureAwait(false))
                {
                    yield break;
                }
            }
        }
        finally
        {
            foreach (EventMessage message in filling)
                message.Release();
        }
    }
}
