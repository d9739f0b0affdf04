namespace Engine.Handlers.Retry;

/// <summary>How the delays before retries are spread.</summary>
public enum RetryJitter
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A random part is added; the delay is never shorter than without.</summary>
    Additive,

    /// <summary>Random between the base delay and three times the previous delay, within the cap.</summary>
    Decorrelated,
}
