namespace Engine.Bus.Messages;

/// <summary>Where a message is.</summary>
internal enum MessageState : byte
{
    /// <summary>In the queue, to be handed out as soon as a consumer has room.</summary>
    Waiting,

    /// <summary>In the queue, not to be handed out before its deadline.</summary>
    Delayed,

    /// <summary>Handed out under a lease that ends at its deadline.</summary>
    InFlight,

    /// <summary>Given up, and being written by the store for parked messages.</summary>
    Storing,

    /// <summary>Given up, in the list of parked messages.</summary>
    Parked,

    /// <summary>Settled for good.</summary>
    Done,
}
