namespace Engine.Ring.WaitStrategies;

/// <summary>What to do between two looks for work.</summary>
internal enum IdleAction
{
    /// <summary>Pause for some processor cycles and look again.</summary>
    Spin,

    /// <summary>Let other threads run and look again.</summary>
    Yield,

    /// <summary>Sleep until woken.</summary>
    Park,
}
