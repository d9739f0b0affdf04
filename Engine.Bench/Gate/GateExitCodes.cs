using Engine.Bench.Gate.Judging;

namespace Engine.Bench.Gate;

/// <summary>How the gate's process ends.</summary>
internal static class GateExitCodes
{
    public const int Passed = 0;

    public const int Failed = 1;

    /// <summary>The gate could not run: bad arguments, no base, a broken acceptance file.</summary>
    public const int CannotRun = 2;

    public const int Inconclusive = 3;

    /// <summary>Ctrl+C.</summary>
    public const int Interrupted = 130;

    public static int Of(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Passed => Passed,
        GateOutcome.Failed => Failed,
        _ => Inconclusive,
    };
}
