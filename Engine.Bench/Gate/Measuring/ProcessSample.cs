namespace Engine.Bench.Gate.Measuring;

/// <summary>What one process found out about one benchmark.</summary>
/// <param name="Ratio">Head to base. Above 1 the head is slower.</param>
/// <param name="BaseNanoseconds">Base, per operation.</param>
/// <param name="HeadNanoseconds">Head, per operation.</param>
/// <param name="BaseBytes">Bytes the base allocates per operation.</param>
/// <param name="HeadBytes">Bytes the head allocates per operation.</param>
/// <param name="SegmentsPerBatch">Segments a batch was sized to.</param>
/// <param name="WarmUpMilliseconds">How long the warm-up took.</param>
internal sealed record ProcessSample(
    double Ratio,
    double BaseNanoseconds,
    double HeadNanoseconds,
    double BaseBytes,
    double HeadBytes,
    int SegmentsPerBatch,
    double WarmUpMilliseconds);
