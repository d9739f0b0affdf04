namespace Engine.Bus;

/// <summary>
/// The lane in which a subscription's queue waits for a dispatcher. While all lanes are backlogged, dispatchers take
/// 8 turns of high, 4 of normal and 1 of low ones per round, so that no lane starves.
/// </summary>
public enum DispatchPriority
{
    /// <summary>The default: 4 turns per round.</summary>
    Normal,

    /// <summary>8 turns per round.</summary>
    High,

    /// <summary>1 turn per round.</summary>
    Low,
}
