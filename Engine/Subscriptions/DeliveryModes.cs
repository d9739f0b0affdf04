namespace Engine.Subscriptions;

/// <summary>What a publish has to do, as one word that a lane tests with one load.</summary>
[Flags]
internal enum DeliveryModes
{
    /// <summary>Nobody listens.</summary>
    None = 0,

    /// <summary>There are dispatched subscriptions: the event goes into the ring.</summary>
    Dispatched = 1,

    /// <summary>There are inline subscriptions: their handlers are called first.</summary>
    Inline = 2,

    /// <summary>Some of the inline subscriptions want each event by itself, before the publisher goes on.</summary>
    EachEvent = 4,

    /// <summary>
    /// The engine has been stopped, or the producer disposed: nothing is taken any more. Below zero, so that one comparison says
    /// whether somebody listens.
    /// </summary>
    Closed = int.MinValue,
}
