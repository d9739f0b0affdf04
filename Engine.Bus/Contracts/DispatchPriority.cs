namespace Engine.Bus;

/// <summary>
/// How often it is a subscription's turn among those that wait for a dispatcher. While some of each priority wait,
/// dispatchers take 8 turns of high, 4 of normal and 1 of low ones per round, so that none starves.
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
