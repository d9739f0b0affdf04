using Engine.Primitives;
using Engine.Storage.Records;
using Engine.Storage.Subscriptions;

namespace Engine.Storage.Facade;

/// <summary>Calls processors within an executor pool, with a time limit. Thread-safe.</summary>
/// <param name="pool">The pool.</param>
/// <param name="timeout">How long a processor may work on an event.</param>
public sealed class ProcessorExecutor(ExecutorPool pool, TimeSpan timeout)
{
    /// <summary>The pool.</summary>
    public ExecutorPool Pool => pool;

    /// <summary>Has a processor work on an event.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="delivery">The event.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TimeoutException">The time limit is over; a processor that goes on is left behind.</exception>
    public async Task ExecuteProcessorAsync(
        IEventProcessor processor, EventDelivery delivery, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(processor);
        using var limit = new TimeLimit(cancellationToken);
        // The time in the queue is not the processor's.
        try
        {
            await pool.ExecuteAsync(
                token =>
                {
                    limit.Begin(timeout);
                    return processor.ProcessAsync(delivery, token);
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsOver && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Processor \"{processor.Id}\" did not end within {timeout} on {delivery.Event}.");
        }
    }
}

/// <summary>A processor failed on an event.</summary>
/// <param name="ProcessorId">The processor.</param>
/// <param name="Error">What was thrown.</param>
public sealed record ProcessorFailure(string ProcessorId, Exception Error);

/// <summary>The processors of an <see cref="EventDrivenArchitecture"/>. All members are thread-safe.</summary>
public sealed class EventProcessorHost
{
    private readonly DurableParts _parts;

    internal EventProcessorHost(ProcessorExecutor executor, Func<EventProcessorHost, DurableParts> partsOf)
    {
        Executor = executor;
        _parts = partsOf(this);
    }

    /// <summary>Who processes what.</summary>
    public ProcessorRegistry Registry { get; } = new();

    /// <summary>What calls them.</summary>
    public ProcessorExecutor Executor { get; }

    internal DurableParts Parts => _parts;

    /// <summary>
    /// Has a processor get the stored events of a type. It goes on where it was under its id; a new one begins with what comes next.
    /// </summary>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="processor">The processor; may be registered for several types.</param>
    /// <param name="priority">Those of higher priority are called first in a replay.</param>
    /// <exception cref="FormatException">The type is not a pattern.</exception>
    /// <exception cref="InvalidOperationException">It is registered for the type already, or another one has its id.</exception>
    public async Task RegisterProcessorAsync(string eventType, IEventProcessor processor, int priority = 0)
    {
        ArgumentNullException.ThrowIfNull(processor);
        Registry.Add(eventType, processor, priority);
        await ChangedAsync(processor.Id).ConfigureAwait(false);
    }

    /// <summary>Takes a processor out for a type; a running call is waited for. Its place in the store stays.</summary>
    /// <param name="eventType">The name or pattern that it was registered for.</param>
    /// <param name="processorId">Its id.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnregisterProcessorAsync(string eventType, string processorId)
    {
        if (Registry.Remove(eventType, processorId) is null)
            return false;
        await ChangedAsync(processorId).ConfigureAwait(false);
        return true;
    }

    /// <summary>Has all processors of its type work on an event now, one after the other; one that fails stops no other.</summary>
    /// <param name="event">The event.</param>
    /// <param name="isReplay">Whether it was published before.</param>
    /// <param name="processorId">Only this one; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Those that failed.</returns>
    public async Task<IReadOnlyList<ProcessorFailure>> ProcessEventAsync(
        StoredEvent @event, bool isReplay = false, string? processorId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var failures = new List<ProcessorFailure>();
        foreach (IEventProcessor processor in Registry.GetProcessorsForEventType(@event.EventType))
        {
            if (processorId is not null && processor.Id != processorId)
                continue;
            try
            {
                await Executor.ExecuteProcessorAsync(processor, new EventDelivery(@event, 1, isReplay), cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                failures.Add(new ProcessorFailure(processor.Id, error));
            }
        }

        return failures;
    }

    internal StoredEventAction HandlerOf(string id) => (delivery, token) =>
        Registry.Find(id) is { } processor
            ? new ValueTask(Executor.ExecuteProcessorAsync(processor, delivery, token))
            : throw new InvalidOperationException($"Processor \"{id}\" is not registered any more.");

    private Task ChangedAsync(string id) => _parts.ChangeAsync(id, Registry.PatternsById().GetValueOrDefault(id) ?? []);
}
