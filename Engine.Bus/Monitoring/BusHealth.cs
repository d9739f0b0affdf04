namespace Engine.Bus.Monitoring;

/// <summary>How a bus is at one moment. Immutable.</summary>
/// <param name="Statistics">Its counters.</param>
/// <param name="Troubles">What is not as it should be, the worst first.</param>
public sealed record BusHealth(EventBusStatistics Statistics, IReadOnlyList<BusTrouble> Troubles)
{
    /// <summary>The worst level.</summary>
    public HealthLevel Level => Troubles is [var worst, ..] ? worst.Level : HealthLevel.Normal;

    /// <summary>One line.</summary>
    public override string ToString() => Troubles.Count == 0
        ? $"Bus \"{Statistics.Name}\" is {Statistics.State}."
        : string.Join("; ", Troubles);
}
