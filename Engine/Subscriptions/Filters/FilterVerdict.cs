namespace Engine.Subscriptions.Filters;

/// <summary>What a filter says of a whole batch.</summary>
public enum FilterVerdict
{
    /// <summary>It depends on the event.</summary>
    PerEvent,

    /// <summary>Every event passes.</summary>
    All,

    /// <summary>No event passes.</summary>
    None,
}
