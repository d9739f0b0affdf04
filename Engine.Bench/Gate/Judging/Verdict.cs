namespace Engine.Bench.Gate.Judging;

/// <summary>What the gate says about a benchmark.</summary>
internal enum Verdict
{
    /// <summary>As fast as the base, as far as can be told.</summary>
    Pass,

    /// <summary>Faster, by the same rule that says slower.</summary>
    Faster,

    /// <summary>Slower, within what the acceptance file allows.</summary>
    Accepted,

    /// <summary>The base does not have it.</summary>
    New,

    /// <summary>A threaded benchmark is slower. Does not fail.</summary>
    Warning,

    /// <summary>Slower. Fails.</summary>
    Slower,

    /// <summary>Allocates more per operation. Fails.</summary>
    AllocatesMore,

    /// <summary>The head no longer has it. Fails; the base has to be moved on purpose.</summary>
    Removed,

    /// <summary>Could not be measured.</summary>
    Inconclusive,
}
