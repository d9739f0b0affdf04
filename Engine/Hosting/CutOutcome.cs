namespace Engine.Hosting;

/// <summary>How a cut or a rewind ended.</summary>
public enum CutOutcome
{
    /// <summary>As wanted.</summary>
    Done,

    /// <summary>What has been published was not handled within the time; nothing has changed.</summary>
    NotHandled,

    /// <summary>
    /// A subscriber's checkpoint threw. A cut is not made then; a rewind has been made, but for those subscribers.
    /// </summary>
    CheckpointFailed,
}
