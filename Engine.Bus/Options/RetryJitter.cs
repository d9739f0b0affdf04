namespace Engine.Bus;

/// <summary>How the delays before retries are spread. The nominal delay is min(cap, base * multiplier^n).</summary>
public enum RetryJitter
{
    /// <summary>Not at all: each delay is the nominal one.</summary>
    None,

    /// <summary>
    /// A random part of at most half the nominal delay is added; the delay is never shorter than the nominal one and
    /// never longer than the cap, so that delays which have reached the cap are no longer spread.
    /// </summary>
    Additive,

    /// <summary>
    /// Random between the base delay and three times the previous delay (before the first: the base delay), within the
    /// cap. The multiplier has no effect.
    /// </summary>
    Decorrelated,
}
