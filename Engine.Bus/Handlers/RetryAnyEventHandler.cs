using System.Runtime.CompilerServices;
using Engine.Bus.Retry;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Tries a handler of events of any type again when it fails, as options say; it is subscribed by a name or a pattern. Otherwise as
/// <see cref="RetryEventHandler{T}"/>.
/// </summary>
public sealed class RetryEventHandler : IAsyncBusAnyHandler, IRetryCounter
{
    private readonly IBusAnyHandler? _handler;
    private readonly IAsyncBusAnyHandler? _async;
    private readonly HandlerPipeline _pipeline;
    private long _retried;
    private long _exhausted;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How often and when it is tried again.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public RetryEventHandler(IBusAnyHandler handler, RetryOptions options, TimeProvider? timeProvider = null)
        : this(options, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            _async = (IAsyncBusAnyHandler)handler;
        else
            _handler = handler;
    }

    /// <inheritdoc cref="RetryEventHandler(IBusAnyHandler, RetryOptions, TimeProvider)"/>
    public RetryEventHandler(IAsyncBusAnyHandler handler, RetryOptions options, TimeProvider? timeProvider = null)
        : this(options, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _async = handler;
    }

    private RetryEventHandler(RetryOptions options, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        _pipeline = HandlerPipeline.Of(options, own: null, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Tries after the first one that were made so far.</summary>
    public long RetryCount => Volatile.Read(ref _retried);

    /// <summary>Events whose last allowed try failed. Cancelled ones and those not worth a retry are not among them.</summary>
    public long ExhaustedCount => Volatile.Read(ref _exhausted);

    /// <inheritdoc/>
    public ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T> =>
        _pipeline.ExecuteAsync(
            static (call, attempt, token) => call.Handler.TryAsync(call, attempt, token),
            new Call<T>(this, @event, context),
            onRetry: null,
            cancellationToken);

    private ValueTask TryAsync<T>(in Call<T> call, RetryAttempt attempt, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        // Only after a failure, so atomic operations cost the normal case nothing.
        if (attempt.Number > 1)
            Interlocked.Increment(ref _retried);
        return attempt.IsLast ? TryLastAsync(call, cancellationToken) : InvokeAsync(call, cancellationToken);
    }

    private async ValueTask TryLastAsync<T>(Call<T> call, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        try
        {
            await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!Cancellation.IsMeantBy(exception, cancellationToken))
        {
            Interlocked.Increment(ref _exhausted);
            throw;
        }
    }

    private ValueTask InvokeAsync<T>(in Call<T> call, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        if (_async is not null)
            return _async.HandleAsync(call.Event, call.Context, cancellationToken);
        _handler!.Handle(call.Event, call.Context);
        return ValueTask.CompletedTask;
    }

    private readonly record struct Call<T>(RetryEventHandler Handler, T Event, EventContext Context);
}
