using Engine.Bus.Monitoring;

namespace Engine.Bus.Delivery;

/// <summary>The measured times, with all their buckets.</summary>
internal sealed partial class SubscriptionQueue
{
    public DurationSnapshot HandlerTimes() => DurationSnapshot.Of([.. Runners().Select(static runner => runner.HandlerTimes), _inlineTimes]);

    public DurationSnapshot Latencies() => DurationSnapshot.Of(Runners().Select(static runner => runner.Latencies));
}
