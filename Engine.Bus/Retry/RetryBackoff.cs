using Engine.Primitives;

namespace Engine.Bus.Retry;

/// <summary>The delays that retry options ask for, of handlers and of messages. Thread-safe.</summary>
internal static class RetryBackoff
{
    /// <summary>The delay before a retry without jitter.</summary>
    /// <inheritdoc cref="Next(RetryOptions, int, TimeSpan)"/>
    public static TimeSpan Nominal(RetryOptions options, int retry) => Of(options).Nominal(retry);

    /// <summary>The delay before a retry.</summary>
    /// <param name="options">The options, validated.</param>
    /// <param name="retry">Number of the retry, from 0.</param>
    /// <param name="previous">The delay before the previous retry; zero if there was none.</param>
    public static TimeSpan Next(RetryOptions options, int retry, TimeSpan previous) => options.Jitter switch
    {
        RetryJitter.Additive => Of(options).Additive(retry, options.Random),
        RetryJitter.Decorrelated => Of(options).Decorrelated(previous, options.Random),
        _ => Nominal(options, retry),
    };

    /// <summary>The delay before a retry where the previous delay was not kept: the nominal one stands for it.</summary>
    public static TimeSpan Next(RetryOptions options, int retry) =>
        Next(options, retry, retry == 0 ? TimeSpan.Zero : Nominal(options, retry - 1));

    private static Backoff Of(RetryOptions options) => new(options.BaseDelay, options.MaxDelay, options.Multiplier);
}
