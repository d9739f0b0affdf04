using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>What the steps of the degradation ladder are called outside.</summary>
internal static class DegradationNames
{
    public static string Of(Degradation level) => level switch
    {
        Degradation.None => "none",
        Degradation.Coalesced => "coalesced",
        Degradation.LongBatches => "long_batches",
        Degradation.WithoutMetrics => "without_metrics",
        _ => "vital_only",
    };
}
