using System.Runtime.CompilerServices;
using Engine.Bus.Options;

namespace Engine.Bus.Messages;

/// <summary>What the faces of a message subscription share: the queue, what fills it, and how it is read. Thread-safe.</summary>
internal sealed class MessageSubscriptionCore : IBusMessages
{
    private readonly MessageSubscriptionOptions _options;
    private readonly List<BusSubscription> _intakes = [];
    private readonly EventBus? _bus;

    /// <summary>Subscribes.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="patterns">Which event names it takes.</param>
    /// <param name="options">How it works, validated.</param>
    /// <param name="hasKeys">Whether messages with the same key are handed out one after the other.</param>
    /// <param name="subscribe">Subscribes what fills the queue for the pattern of an index.</param>
    public MessageSubscriptionCore(
        IEventBus bus,
        EventNamePattern[] patterns,
        MessageSubscriptionOptions options,
        bool hasKeys,
        Func<MessageQueue, int, BusSubscription> subscribe)
    {
        _options = options;
        Patterns = patterns;
        Name = NameOf(options, patterns);
        Queue = new MessageQueue(Name, options, hasKeys) { OnError = ReportError };
        try
        {
            for (int i = 0; i < patterns.Length; i++)
                _intakes.Add(subscribe(Queue, i));
            _bus = bus as EventBus;
            _bus?.Add(this);
        }
        catch
        {
            // Nothing of it stays in a bus that has stopped meanwhile.
            End();
            throw;
        }
    }

    public string Name { get; }

    public IReadOnlyList<EventNamePattern> Patterns { get; }

    public MessageQueue Queue { get; }

    /// <summary>By which it takes its events from the bus, one for each pattern.</summary>
    public IReadOnlyList<BusSubscription> Intakes => _intakes;

    public long AcceptedCount => Queue.AcceptedCount;

    /// <summary>The name for statistics and error reports.</summary>
    public static string NameOf(MessageSubscriptionOptions options, EventNamePattern[] patterns) =>
        options.Name ?? string.Join(", ", patterns.Select(static pattern => pattern.Text));

    public MessageSubscriptionStatistics GetStatistics() => Queue.GetStatistics() with { Id = _intakes[0].Id };

    public bool TakesBy(BusSubscription subscription) => _intakes.Contains(subscription);

    public void BeginDrain() => Queue.BeginDrain();

    public bool IsSettled(bool waitsForReaders) => Queue.IsSettled(waitsForReaders);

    public LeftInQueue? Stop()
    {
        (int waiting, int inFlight, int publishers) = Queue.Stop();
        return waiting + inFlight + publishers == 0
            ? null
            : new LeftInQueue(_intakes[0].Id, Name, waiting, inFlight) { Publishers = publishers };
    }

    public void End()
    {
        Queue.Close();
        _bus?.Remove(this);
        foreach (BusSubscription intake in _intakes)
            intake.Dispose();
    }

    public async IAsyncEnumerator<EventMessage> Read(CancellationToken cancellationToken)
    {
        var waiter = new ConsumerWaiter(Queue);
        Queue.BeginReading();
        try
        {
            while (true)
            {
                Queue.CheckCancelled(cancellationToken);
                if (Queue.TryTake(out EventMessage message))
                    yield return message;
                else if (!await Queue.WaitAsync(waiter, long.MaxValue, cancellationToken).ConfigureAwait(false))
                    yield break;
            }
        }
        finally
        {
            Queue.EndReading();
        }
    }

    public bool TryTake(out EventMessage message)
    {
        Queue.NotePoll();
        return Queue.TryTake(out message);
    }

    /// <exception cref="ArgumentOutOfRangeException">The size or the wait is out of its range.</exception>
    public void CheckBatch(int size, TimeSpan maxWait)
    {
        if (size < 1 || size > _options.OutputBuffer)
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"A batch must have 1 to {_options.OutputBuffer} messages, as many as the output buffer.");
        if (maxWait < TimeSpan.Zero || maxWait >= _options.Lease)
            throw new ArgumentOutOfRangeException(
                nameof(maxWait), maxWait, $"The wait for a batch must be zero or longer and shorter than the lease, {_options.Lease}.");
    }

    public async IAsyncEnumerable<MessageBatch> ReadBatches(
        int size, TimeSpan maxWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new MessageBatchReader(Queue, size, maxWait);
        Queue.BeginReading();
        try
        {
            while (await reader.ReadAsync(cause: null, cancellationToken).ConfigureAwait(false) is { } batch)
                yield return batch;
        }
        finally
        {
            reader.GiveBack();
            Queue.EndReading();
        }
    }

    public Task RunAsync(Func<EventMessage, CancellationToken, ValueTask> handler, int maxConcurrency, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunAsync(call: (message, _, token) => handler(message, token), maxConcurrency, cancellationToken);
    }

    public Task RunAsync(MessageCall call, int maxConcurrency, CancellationToken cancellationToken) =>
        RunAsync(() => new MessageRunner(Queue, call), maxConcurrency, cancellationToken);

    public Task RunBatchesAsync(
        Func<MessageBatch, CancellationToken, ValueTask> handler,
        int size,
        TimeSpan maxWait,
        int maxConcurrency,
        CancellationToken cancellationToken)
    {
        CheckBatch(size, maxWait);
        return RunAsync(() => new MessageBatchRunner(Queue, handler, size, maxWait), maxConcurrency, cancellationToken);
    }

    private Task RunAsync(Func<FlowRunner> makeRunner, int maxConcurrency, CancellationToken cancellationToken)
    {
        OptionRanges.MaxConcurrency.Check(maxConcurrency, nameof(maxConcurrency));
        // More than may be handed out would never have anything to do.
        int most = Math.Min(OptionRanges.MostConcurrent, Math.Min(_options.OutputBuffer, _options.Capacity));
        var workers = new Task[Math.Min(maxConcurrency, most)];
        for (int i = 0; i < workers.Length; i++)
            workers[i] = Task.Run(() => makeRunner().RunAsync(cancellationToken), CancellationToken.None);
        return Task.WhenAll(workers);
    }

    private void ReportError(EventContext context, Exception exception) => _intakes[0].ReportError(context, exception);
}
