using Polly;
using Polly.Retry;

namespace Engine.Bus.Retry;

/// <summary>Polly's retry strategy with the delays, the judgement and the notices of <see cref="RetryOptions"/>. Immutable.</summary>
internal sealed class RetryStrategy
{
    private static int s_count;

    private readonly RetryOptions _options;

    // Of its own for each strategy, because one pipeline may hold several.
    private readonly ResiliencePropertyKey<TimeSpan> _previousDelay = new($"Engine.Bus.Retry.{Interlocked.Increment(ref s_count)}");

    private RetryStrategy(RetryOptions options) => _options = options;

    /// <summary>The strategy's options.</summary>
    /// <param name="options">Options with more than one attempt, validated.</param>
    public static RetryStrategyOptions Of(RetryOptions options)
    {
        var strategy = new RetryStrategy(options);
        return new RetryStrategyOptions
        {
            Name = "Engine.Bus.Retry",
            // Both take the largest number for no end.
            MaxRetryAttempts = options.MaxAttempts == RetryOptions.Unlimited ? int.MaxValue : options.MaxAttempts - 1,
            ShouldHandle = arguments => new ValueTask<bool>(strategy.ShouldHandle(arguments)),
            DelayGenerator = arguments => new ValueTask<TimeSpan?>(strategy.NextDelay(arguments)),
            OnRetry = static arguments =>
            {
                HandlerRun.Of(arguments.Context)?.Announce(arguments.RetryDelay);
                return ValueTask.CompletedTask;
            },
        };
    }

    /// <summary>Whether a failure is worth another try.</summary>
    /// <param name="options">The options.</param>
    /// <param name="failure">What the try failed with.</param>
    /// <param name="number">The number of the try, from 1.</param>
    /// <param name="cancellationToken">The execution's token.</param>
    public static bool IsRetryable(RetryOptions options, Exception failure, int number, CancellationToken cancellationToken)
    {
        if (number >= options.MaxAttempts || Cancellation.IsMeantBy(failure, cancellationToken))
            return false;
        try
        {
            return options.ShouldRetry is not { } shouldRetry || shouldRetry(failure);
        }
        catch (Exception)
        {
            // The failure of the action tells more than that of the predicate.
            return false;
        }
    }

    private bool ShouldHandle(in RetryPredicateArguments<object> arguments)
    {
        ResilienceContext context = arguments.Context;
        bool isRetryable = arguments.Outcome.Exception is { } failure
            && IsRetryable(_options, failure, arguments.AttemptNumber + 1, context.CancellationToken);
        if (HandlerRun.Of(context) is { } run)
            run.IsRetryMeant = isRetryable;
        return isRetryable;
    }

    private TimeSpan NextDelay(in RetryDelayGeneratorArguments<object> arguments)
    {
        if (_options.Jitter != RetryJitter.Decorrelated)
            return RetryBackoff.Next(_options, arguments.AttemptNumber, TimeSpan.Zero);
        TimeSpan previous = arguments.AttemptNumber == 0
            ? TimeSpan.Zero
            : arguments.Context.Properties.GetValue(_previousDelay, TimeSpan.Zero);
        TimeSpan delay = RetryBackoff.Next(_options, arguments.AttemptNumber, previous);
        arguments.Context.Properties.Set(_previousDelay, delay);
        return delay;
    }
}
