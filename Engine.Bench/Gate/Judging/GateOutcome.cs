namespace Engine.Bench.Gate.Judging;

/// <summary>What the gate says in all.</summary>
internal enum GateOutcome
{
    /// <summary>Nothing is slower.</summary>
    Passed,

    /// <summary>Something is slower, allocates more or has gone.</summary>
    Failed,

    /// <summary>The self-test failed or something could not be measured, so nothing can be said.</summary>
    Inconclusive,
}
