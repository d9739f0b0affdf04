namespace Engine.Bench.Support;

/// <summary>One round: every variant once, in rotated order, with the core-to-core round trip measured beside it.</summary>
/// <param name="RoundTripNanoseconds">The round trip, measured right before.</param>
/// <param name="Values">The measured value of each variant.</param>
internal sealed record RoundResult(double RoundTripNanoseconds, double[] Values);
