using Engine.Bus;
using Engine.Events;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Facade;

/// <content>Publishing and subscribing.</content>
public sealed partial class EventDrivenArchitecture
{
    /// <summary>
    /// Stores an event; bus, processors and publishers get it from there, also if the process ends now. That a processor fails does not
    /// make the call fail: the event is stored, and repeating the call would be of no use.
    /// </summary>
    /// <param name="event">The event. Published again under its id it is stored once.</param>
    /// <param name="waitFor">What the call waits for beside the store: the first attempt of parts that run in this process. One that
    /// another process runs is waited for until the token is cancelled.</param>
    /// <param name="cancellationToken">Ends the wait; what is stored stays stored.</param>
    /// <exception cref="EventValidationException">It breaks rules; nothing was stored.</exception>
    /// <exception cref="EventConflictException">Another event has its id; nothing was stored.</exception>
    /// <exception cref="ArgumentException">The name is not known, and only known ones may be published.</exception>
    public async Task<EventPublishResult> PublishEventAsync(
        StoredEvent @event, PublishWaitFor waitFor = PublishWaitFor.Stored, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (!_isRunning)
            throw new InvalidOperationException("It is not running; initialize it first.");
        CheckKnown(@event.EventType);
        if (waitFor == PublishWaitFor.Stored)
            return new EventPublishResult(await EventStore.AppendAsync(@event, cancellationToken).ConfigureAwait(false), NoFailures);
        AttemptWaits.Wait wait = _waits.Begin(@event.Id, PartsFor(@event.EventType, waitFor));
        try
        {
            AppendResult stored = await EventStore.AppendAsync(@event, cancellationToken).ConfigureAwait(false);
            // A duplicate was handled when it came first, or is being handled.
            return stored.Outcome == AppendOutcome.Duplicate
                ? new EventPublishResult(stored, NoFailures)
                : new EventPublishResult(stored, await wait.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _waits.End(@event.Id, wait);
        }
    }

    /// <summary>Encodes an event and stores it; otherwise as the overload with a record.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">What else is known of it.</param>
    /// <param name="waitFor">What the call waits for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EventSerializationException">It cannot be encoded.</exception>
    public Task<EventPublishResult> PublishEventAsync<T>(
        T @event, EventIds ids = default, PublishWaitFor waitFor = PublishWaitFor.Stored, CancellationToken cancellationToken = default)
        where T : IEvent<T> =>
        PublishEventAsync(
            (Storage.Factory ?? throw new InvalidOperationException("It was made without event types; publish a record."))
                .Create(@event, ids),
            waitFor, cancellationToken);

    /// <summary>Has a subscriber get the events of a type from the bus, from now on.</summary>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="subscriber">The subscriber; may subscribe to several types.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="FormatException">The type is not a pattern; nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">Its id is subscribed to the type already, or another one has it.</exception>
    public string SubscribeToEvent(string eventType, IEventSubscriber subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        _subscribers.Add(eventType, subscriber, 0);
        try
        {
            _relay.Subscribe(eventType, subscriber);
        }
        catch
        {
            _subscribers.Remove(eventType, subscriber.Id);
            throw;
        }

        return subscriber.Id;
    }

    /// <summary>
    /// Ends a subscription. When the call has completed the subscriber is not called any more, unless it is the one that calls.
    /// </summary>
    /// <param name="eventType">The name or pattern that it is subscribed to.</param>
    /// <param name="subscriberId">Its id.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnsubscribeFromEventAsync(string eventType, string subscriberId)
    {
        await _relay.UnsubscribeAsync(eventType, subscriberId).ConfigureAwait(false);
        return _subscribers.Remove(eventType, subscriberId) is not null;
    }

    private static IReadOnlyDictionary<string, Exception> NoFailures { get; } = new Dictionary<string, Exception>();

    private void CheckKnown(string eventType)
    {
        if (!_config.Bus.Strict || _config.Bus.EventTypes.Contains(eventType) || Storage.Versions?.NewestVersionOf(eventType) is not null)
            return;
        string[] known = [.. _config.Bus.EventTypes.Union(Storage.Versions?.EventNames ?? []).Order(StringComparer.Ordinal)];
        throw new ArgumentException(
            $"Event type \"{eventType}\" is not known; known are {(known.Length == 0 ? "none" : string.Join(", ", known))}.",
            nameof(eventType));
    }

    private IEnumerable<string> PartsFor(string eventType, PublishWaitFor waitFor)
    {
        IEnumerable<string> parts = Publishers.Registry.GetFor(eventType).Select(entry => Publishers.Parts.NameOf(entry.Id))
            .Append(_busParts.NameOf(_given.BusName));
        return waitFor == PublishWaitFor.Published
            ? parts : parts.Concat(Processors.Registry.GetFor(eventType).Select(entry => Processors.Parts.NameOf(entry.Id)));
    }
}

/// <summary>What a publish waits for.</summary>
public enum PublishWaitFor
{
    /// <summary>That the event is stored.</summary>
    Stored,

    /// <summary>That it went to the bus and each publisher tried to publish it once, too.</summary>
    Published,

    /// <summary>That each processor tried to work on it once, too.</summary>
    Processed,
}

/// <summary>What became of an event that was published.</summary>
/// <param name="Stored">Its place in the store, and whether it is new.</param>
/// <param name="Failures">
/// Parts that failed on their first attempt, such as <c>processor:billing</c>; they try again. Only what was waited for.
/// </param>
public sealed record EventPublishResult(AppendResult Stored, IReadOnlyDictionary<string, Exception> Failures);

/// <summary>What did not end in time when everything was stopped.</summary>
/// <param name="Parts">
/// Parts whose handler was running, such as <c>processor:billing</c>; their event comes again. <c>maintenance</c> where somebody who is
/// told of faults or alerts did not return.
/// </param>
/// <param name="Subscribers">Events that subscribers of the bus did not get any more.</param>
public sealed record EventDrivenStopReport(IReadOnlyList<string> Parts, IReadOnlyList<LeftInQueue> Subscribers);

/// <summary>A part could not be started.</summary>
/// <param name="part">The part.</param>
/// <param name="inner">Why.</param>
public sealed class EventDrivenException(string part, Exception inner)
    : InvalidOperationException($"The {part} of the event-driven architecture could not be started: {inner.Message}", inner)
{
    /// <summary>The part: bus, store, processors, publishers or subscribers.</summary>
    public string Part { get; } = part;
}
