namespace Engine.Primitives;

/// <summary>What happens to an event that is published while its ring has no free slot.</summary>
public enum OverflowPolicy
{
    /// <summary>The publisher stalls until the dispatcher has freed a slot. Nothing is lost.</summary>
    Wait,

    /// <summary>The new event is dropped and counted; subscribers are told the range of lost sequences.</summary>
    DropIncoming,

    /// <summary>
    /// The oldest events are overwritten and counted; subscribers are told the range of lost sequences.
    /// The publisher never waits and never reads the dispatcher's progress.
    /// </summary>
    DropOldest,

    /// <summary>The call returns <c>Rejected</c>, and the event is counted as rejected, not as published.</summary>
    Fail,
}
