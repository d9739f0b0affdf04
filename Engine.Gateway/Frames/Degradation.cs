namespace Engine.Gateway.Frames;

/// <summary>The steps of the ladder by which less is sent under pressure; each includes those before it.</summary>
public enum Degradation
{
    /// <summary>All is sent.</summary>
    None,

    /// <summary>Of metrics that are ready together, only the newest of each type and resource.</summary>
    Coalesced,

    /// <summary>Batches are four times as long.</summary>
    LongBatches,

    /// <summary>No metrics.</summary>
    WithoutMetrics,

    /// <summary>Changes of state and alerts only.</summary>
    VitalOnly,
}
