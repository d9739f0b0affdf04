namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// The slow-down that the gate's self-test must find. A build with <c>-p:GateSeededSlowdown=true</c> does ten percent
/// more operations in the metered path than it reports. All other builds do as many as they report.
/// </summary>
internal static class SeededSlowdown
{
#if GATE_SEEDED_SLOWDOWN
    private const int ExtraDivisor = 10;

    public const bool IsSeeded = true;

    public static int OperationsToExecute(int reported) => reported + (reported / ExtraDivisor);
#else
    public const bool IsSeeded = false;

    public static int OperationsToExecute(int reported) => reported;
#endif
}
