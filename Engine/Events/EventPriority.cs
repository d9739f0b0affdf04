namespace Engine.Events;

/// <summary>
/// How often a lane is served while several are backlogged. The numeric value is the lane's weight in the
/// weighted round-robin of its dispatcher: in every round a lane gets up to that many batches. Any value of at
/// least 1 is valid, not only the named ones.
/// </summary>
public enum EventPriority
{
    /// <summary>Floods whose delay nobody notices: instructions, blocks, memory accesses.</summary>
    Low = 1,

    /// <summary>The default.</summary>
    Normal = 4,

    /// <summary>Events somebody waits for: page faults, exceptions, device traffic.</summary>
    High = 8,

    /// <summary>Rare events that steer the machine: exits, snapshots.</summary>
    Critical = 16,
}
