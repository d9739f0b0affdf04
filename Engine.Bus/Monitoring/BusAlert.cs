namespace Engine.Bus.Monitoring;

/// <summary>Something went wrong, got worse or better, or is over.</summary>
/// <param name="Time">When it was noticed.</param>
/// <param name="BusName">The bus.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Culprit">What it belongs to: a subscription, the bus or the process.</param>
/// <param name="Level">How bad it is now; <see cref="HealthLevel.Normal"/> when it is over.</param>
/// <param name="Previous">How bad it was before.</param>
/// <param name="Value">The value measured last; its unit is that of the kind. Not a number if what it belongs to is gone.</param>
/// <param name="Threshold">The limit that the value passed.</param>
public sealed record BusAlert(
    DateTimeOffset Time,
    string BusName,
    AlertKind Kind,
    string Culprit,
    HealthLevel Level,
    HealthLevel Previous,
    double Value,
    double Threshold)
{
    /// <summary>Whether the trouble is over.</summary>
    public bool IsCleared => Level == HealthLevel.Normal;

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"{(IsCleared ? "cleared" : Level < Previous ? "eased" : "raised")}: {Kind} of {Culprit} on bus \"{BusName}\" is {Level} " +
        $"({MonitoringText.Value(Kind, Value)}, limit {MonitoringText.Value(Kind, Threshold)})";
}
