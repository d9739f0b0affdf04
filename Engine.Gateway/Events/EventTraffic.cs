namespace Engine.Gateway.Events;

/// <summary>What kind of traffic an event type is: what may be left out under pressure.</summary>
public enum EventTraffic
{
    /// <summary>A change of state or an alert, which always goes out.</summary>
    Vital,

    /// <summary>Progress, logs and the like, which are the last to be left out.</summary>
    Ordinary,

    /// <summary>Figures, of which the newest per resource is what counts: the first to be left out.</summary>
    Metrics,
}
