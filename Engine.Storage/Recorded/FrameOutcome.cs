namespace Engine.Storage.Recorded;

/// <summary>What became of a frame that was to be delivered to handlers.</summary>
public enum FrameOutcome
{
    /// <summary>Its events went to the subscriptions of their type, if there are any.</summary>
    Delivered,

    /// <summary>It holds no events: the end of a stream, or an account. What it says of losses was told.</summary>
    NoEvents,

    /// <summary>All of its events had been delivered before.</summary>
    Duplicate,

    /// <summary>Its event type was not added.</summary>
    UnknownType,

    /// <summary>Its event type was added, but in no version that has the layout of its events: they are told as lost.</summary>
    UnknownLayout,

    /// <summary>Its bytes are no events of their type: they are told as lost.</summary>
    Unreadable,

    /// <summary>There are more producers than are kept apart, and this is one of those that are too many.</summary>
    TooManyProducers,
}
