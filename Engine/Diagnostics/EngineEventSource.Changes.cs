using System.Diagnostics.Tracing;

namespace Engine.Diagnostics;

/// <summary>Events of engines, producers, lanes and subscriptions: what changes now and then.</summary>
internal sealed partial class EngineEventSource
{
    // A message may quote what the guest did; sessions drop events that are larger than their buffers.
    private const int LongestMessage = 1024;

    [Event(8, Level = EventLevel.Error, Keywords = Keywords.Errors, Message = "{5} of {1} threw {8} at {6}: {9}")]
    public void HandlerFailed(
        string engine, string eventType, int producerId, string producer, long subscriptionId, string subscription,
        long firstSequence, long lastSequence, string exceptionType, string exceptionMessage) =>
        WriteEvent(
            8, engine, eventType, producerId, producer, subscriptionId, subscription, firstSequence, lastSequence, exceptionType,
            exceptionMessage.Length <= LongestMessage ? exceptionMessage : exceptionMessage[..LongestMessage]);

    [Event(9, Level = EventLevel.Informational, Keywords = Keywords.Subscription, Message = "{3} subscribes to {1}, {4}, priority {5}")]
    public void SubscriptionAdded(
        string engine, string eventType, long subscriptionId, string subscription, string delivery, int priority) =>
        WriteEvent(9, engine, eventType, subscriptionId, subscription, delivery, priority);

    [Event(10, Level = EventLevel.Informational, Keywords = Keywords.Subscription,
        Message = "{3} leaves {1} after {4} events and {5} errors")]
    public void SubscriptionRemoved(
        string engine, string eventType, long subscriptionId, string subscription, long deliveredCount, long errorCount) =>
        WriteEvent(10, engine, eventType, subscriptionId, subscription, deliveredCount, errorCount);

    [Event(11, Level = EventLevel.Informational, Keywords = Keywords.Subscription,
        Message = "{1}: {3} dispatched and {4} inline subscriptions, version {2}")]
    public void SubscriptionTableChanged(string engine, string eventType, int version, int dispatchedCount, int inlineCount) =>
        WriteEvent(11, engine, eventType, version, dispatchedCount, inlineCount);

    [Event(12, Level = EventLevel.Informational, Keywords = Keywords.Lifecycle,
        Message = "{0} runs with {1} dispatchers and {2} event types")]
    public void EngineStarted(string engine, int dispatcherCount, int eventTypeCount) =>
        WriteEvent(12, engine, dispatcherCount, eventTypeCount);

    [Event(13, Level = EventLevel.Informational, Keywords = Keywords.Lifecycle, Message = "{0} stops within {1} us")]
    public void EngineStopping(string engine, double timeoutMicroseconds) => WriteEvent(13, engine, timeoutMicroseconds);

    [Event(14, Level = EventLevel.Informational, Keywords = Keywords.Lifecycle, Message = "{0} stopped after {1} us, {2} events left")]
    public void EngineStopped(string engine, double stopMicroseconds, long leftCount) =>
        WriteEvent(14, engine, stopMicroseconds, leftCount);

    [Event(15, Level = EventLevel.Informational, Keywords = Keywords.Publish, Message = "Producer {2}")]
    public void ProducerCreated(string engine, int producerId, string producer) => WriteEvent(15, engine, producerId, producer);

    [Event(16, Level = EventLevel.Informational, Keywords = Keywords.Publish, Message = "Producer {2} ended")]
    public void ProducerDisposed(string engine, int producerId, string producer) => WriteEvent(16, engine, producerId, producer);

    [Event(17, Level = EventLevel.Informational, Keywords = Keywords.Publish,
        Message = "Lane of {1} for {3}: {4} slots, {5}, served by {6}")]
    public void LaneCreated(
        string engine, string eventType, int producerId, string producer, int capacity, string overflowPolicy, string dispatcher) =>
        WriteEvent(17, engine, eventType, producerId, producer, capacity, overflowPolicy, dispatcher);

    [Event(18, Level = EventLevel.Informational, Keywords = Keywords.Publish,
        Message = "Lane of {1} for {3} ended: {4} published, {5} dispatched, {6} lost")]
    public void LaneRemoved(
        string engine, string eventType, int producerId, string producer, long publishedCount, long dispatchedCount, long lostCount) =>
        WriteEvent(18, engine, eventType, producerId, producer, publishedCount, dispatchedCount, lostCount);
}
