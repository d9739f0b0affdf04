namespace Engine.Subscriptions;

/// <summary>Where a subscription's handler runs.</summary>
public enum Delivery
{
    /// <summary>On a dispatcher thread, in batches, after the publisher has gone on.</summary>
    Dispatched,

    /// <summary>
    /// On the publisher's thread, event by event, before the publish call returns and before dispatched subscribers
    /// see the event, so that the handler can act before the machine goes on.
    /// </summary>
    Inline,
}
