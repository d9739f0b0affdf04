namespace Engine.Dispatch;

/// <summary>What the workers are to do.</summary>
internal enum DispatchPhase
{
    /// <summary>Dispatch, and sleep when there is nothing to do.</summary>
    Running,

    /// <summary>The lanes are closed: dispatch what is left, then end.</summary>
    Draining,

    /// <summary>End after the batch in work, whatever is left.</summary>
    Abandoned,
}
