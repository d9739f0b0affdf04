using Polly;

namespace Engine.Bus.Retry;

/// <summary>Puts retries by <see cref="RetryOptions"/> into a resilience pipeline of one's own.</summary>
public static class RetryPipelineExtensions
{
    /// <summary>
    /// Adds a retry strategy, on the clock of the builder. Cancellation is no failure: what ends by the execution's token is not
    /// tried again. Adds nothing if the options allow one attempt only.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">How often and when.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static ResiliencePipelineBuilder AddRetry(this ResiliencePipelineBuilder builder, RetryOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return options.MaxAttempts == 1 ? builder : builder.AddRetry(RetryStrategy.Of(options));
    }
}
