namespace Engine.Subscriptions;

/// <summary>Where a subscription with boundaries is.</summary>
public enum BoundaryState
{
    /// <summary>Its first instruction has not come.</summary>
    Waiting,

    /// <summary>The virtual CPU is between its boundaries.</summary>
    Active,

    /// <summary>Its last instruction has retired; what it covers has been published.</summary>
    Ended,

    /// <summary>It was asked for too late: the virtual CPU had passed where it was to begin. The handler is never called.</summary>
    Refused,

    /// <summary>The virtual CPU ended before its first instruction.</summary>
    NeverReached,
}
