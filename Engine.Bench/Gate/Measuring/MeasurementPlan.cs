namespace Engine.Bench.Gate.Measuring;

/// <summary>How long and how often one process measures.</summary>
/// <param name="Copies">How often each build is loaded and compiled.</param>
/// <param name="Quads">Base, head, head, base: how many times in all; the copies take turns.</param>
/// <param name="BatchMicroseconds">Measured time that a batch is sized to.</param>
/// <param name="QuietMilliseconds">Warm-up ends when nothing has been compiled for so long, and for <paramref name="QuietRounds"/>.</param>
/// <param name="QuietRounds">Segments of each copy, see above.</param>
/// <param name="MaxWarmUpMilliseconds">Warm-up ends at the latest after this time.</param>
internal sealed record MeasurementPlan(
    int Copies, int Quads, int BatchMicroseconds, int QuietMilliseconds, int QuietRounds, int MaxWarmUpMilliseconds)
{
    public static MeasurementPlan Default { get; } = new(
        Copies: 6, Quads: 102, BatchMicroseconds: 1_000, QuietMilliseconds: 100, QuietRounds: 35, MaxWarmUpMilliseconds: 5_000);
}
