using System.Collections.Concurrent;
using Engine.Primitives;
using Engine.Storage.Records;
using Engine.Storage.Subscriptions;
using Polly;
using Polly.CircuitBreaker;

namespace Engine.Storage.Facade;

/// <summary>
/// Calls publishers, with a time limit and a circuit breaker for each: a publisher that fails on at least half of its calls within 30 s
/// is left alone for a while. Thread-safe.
/// </summary>
public sealed class PublisherExecutor
{
    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Breaker> _breakers = [];
    private readonly EventDrivenPublishersConfig _config;
    private readonly TimeProvider _timeProvider;

    internal PublisherExecutor(EventDrivenPublishersConfig config, TimeProvider timeProvider)
    {
        _config = config;
        _timeProvider = timeProvider;
    }

    /// <summary>Publishers that are left alone at the moment.</summary>
    public IReadOnlyList<string> Broken => [.. _breakers.Where(static entry => entry.Value.IsOpen).Select(static entry => entry.Key)];

    /// <summary>Has a publisher publish an event; while it is left alone, waits.</summary>
    /// <param name="publisher">The publisher.</param>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    /// <exception cref="TimeoutException">The time limit is over.</exception>
    public async Task ExecutePublisherAsync(
        IEventPublisher publisher, StoredEvent @event, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        Breaker breaker = _breakers.GetOrAdd(publisher.Id, static (_, executor) => executor.NewBreaker(), this);
        while (true)
        {
            try
            {
                await breaker.Pipeline.ExecuteAsync(
                    async token => await PublishAsync(publisher, @event, token).ConfigureAwait(false), cancellationToken)
                    .ConfigureAwait(false);
                return;
            }
            catch (BrokenCircuitException)
            {
                await Task.Delay(_config.BreakerDuration / 10, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (breaker.IsOpen && !cancellationToken.IsCancellationRequested)
            {
                // It is the publisher that is down, and not the event that is at fault: it must not use up the event's attempts.
            }
        }
    }

    private async Task PublishAsync(IEventPublisher publisher, StoredEvent @event, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(_config.Timeout, cancellationToken);
        PublishConfirmation confirmation;
        try
        {
            confirmation = await publisher.PublishAsync(@event, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsOver && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Publisher \"{publisher.Id}\" did not confirm {@event} within {_config.Timeout}.");
        }

        if (confirmation != PublishConfirmation.Confirmed)
            throw new InvalidOperationException($"Publisher \"{publisher.Id}\" did not take {@event}: {confirmation}.");
    }

    private Breaker NewBreaker()
    {
        var state = new CircuitBreakerStateProvider();
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = _timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = _config.BreakerFailures,
                SamplingDuration = SamplingDuration,
                BreakDuration = _config.BreakerDuration,
                StateProvider = state,
                ShouldHandle = static arguments => new ValueTask<bool>(
                    arguments.Outcome.Exception is not (null or OperationCanceledException)),
            })
            .Build();
        return new Breaker(pipeline, state);
    }

    private sealed record Breaker(ResiliencePipeline Pipeline, CircuitBreakerStateProvider State)
    {
        public bool IsOpen => State.CircuitState is CircuitState.Open or CircuitState.Isolated;
    }
}

/// <summary>The publishers of an <see cref="EventDrivenArchitecture"/>. All members are thread-safe.</summary>
public sealed class EventPublisherHost
{
    private readonly DurableParts _parts;

    internal EventPublisherHost(PublisherExecutor executor, Func<EventPublisherHost, DurableParts> partsOf)
    {
        Executor = executor;
        _parts = partsOf(this);
    }

    /// <summary>Who publishes what.</summary>
    public PublisherRegistry Registry { get; } = new();

    /// <summary>What calls them.</summary>
    public PublisherExecutor Executor { get; }

    internal DurableParts Parts => _parts;

    /// <summary>
    /// Has a publisher get the stored events of a type. It goes on where it was under its id; a new one begins with what comes next.
    /// </summary>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="publisher">The publisher; may be registered for several types.</param>
    /// <exception cref="FormatException">The type is not a pattern.</exception>
    /// <exception cref="InvalidOperationException">It is registered for the type already, or another one has its id.</exception>
    public async Task RegisterPublisherAsync(string eventType, IEventPublisher publisher)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        Registry.Add(eventType, publisher, 0);
        await ChangedAsync(publisher.Id).ConfigureAwait(false);
    }

    /// <summary>Takes a publisher out for a type; a running call is waited for. Its place in the store stays.</summary>
    /// <param name="eventType">The name or pattern that it was registered for.</param>
    /// <param name="publisherId">Its id.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnregisterPublisherAsync(string eventType, string publisherId)
    {
        if (Registry.Remove(eventType, publisherId) is null)
            return false;
        await ChangedAsync(publisherId).ConfigureAwait(false);
        return true;
    }

    /// <summary>Has all publishers of its type publish an event now; one that fails stops no other.</summary>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Those that failed, by id.</returns>
    public async Task<IReadOnlyDictionary<string, Exception>> PublishEventAsync(
        StoredEvent @event, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var failures = new Dictionary<string, Exception>();
        foreach (IEventPublisher publisher in Registry.GetPublishersForEventType(@event.EventType))
        {
            try
            {
                await Executor.ExecutePublisherAsync(publisher, @event, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                failures[publisher.Id] = error;
            }
        }

        return failures;
    }

    internal StoredEventAction HandlerOf(string id) => (delivery, token) =>
        Registry.Find(id) is { } publisher
            ? new ValueTask(Executor.ExecutePublisherAsync(publisher, delivery.Event, token))
            : throw new InvalidOperationException($"Publisher \"{id}\" is not registered any more.");

    private Task ChangedAsync(string id) => _parts.ChangeAsync(id, Registry.PatternsById().GetValueOrDefault(id) ?? []);
}
