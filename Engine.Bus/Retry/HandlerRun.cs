using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;
using Polly;

namespace Engine.Bus.Retry;

/// <summary>
/// One execution of an action in a pipeline: which try it is in and how the latest one ended. Used by one thread at a time.
/// </summary>
internal abstract class HandlerRun
{
    private static readonly ResiliencePropertyKey<HandlerRun> Key = new("Engine.Bus.HandlerRun");

    /// <summary>The latest try; number 0 before the first.</summary>
    public RetryAttempt Attempt { get; protected set; }

    /// <summary>What the latest try failed with; null if it succeeded or runs.</summary>
    public Exception? Failure { get; protected set; }

    /// <summary>Whether the retry strategy means to try again after the latest failure.</summary>
    public bool IsRetryMeant { get; set; }

    /// <summary>The run of a context; null if the pipeline is used outside a subscription.</summary>
    public static HandlerRun? Of(ResilienceContext context) => context.Properties.GetValue(Key, null!);

    /// <summary>Tells the observer of a retry. What it throws is dropped: the retry matters more.</summary>
    /// <param name="delay">The time until then, as scheduled; null if it is not known.</param>
    public abstract void Announce(TimeSpan? delay);

    protected void Enter(ResilienceContext context) => context.Properties.Set(Key, this);
}

/// <inheritdoc/>
/// <typeparam name="TState">What the action gets.</typeparam>
internal sealed class HandlerRun<TState> : HandlerRun
{
    // A reference, as Polly's strategies have results: they would box any other.
    private static readonly object Done = new();
    private static readonly DefaultObjectPool<HandlerRun<TState>> Pool = new(new DefaultPooledObjectPolicy<HandlerRun<TState>>(), 64);

    private HandlerCall<TState> _call;
    private Exception? _firstFailure;
    private bool _isAnnounced;
    private int _isTrying;

    /// <summary>Begins a run.</summary>
    /// <param name="context">The context it gets.</param>
    /// <param name="maxAttempts">How many tries the options allow.</param>
    /// <param name="call">What is executed.</param>
    /// <param name="firstFailure">What a first try outside the pipeline failed with; null if there was none.</param>
    public static HandlerRun<TState> Rent(ResilienceContext context, int maxAttempts, in HandlerCall<TState> call, Exception? firstFailure)
    {
        HandlerRun<TState> run = Pool.Get();
        run.Attempt = new RetryAttempt(0, maxAttempts);
        run._call = call;
        run._firstFailure = firstFailure;
        run.Enter(context);
        return run;
    }

    /// <summary>Gives the run and its context back.</summary>
    public void Return(ResilienceContext context)
    {
        // A pipeline that did not wait for the try that it had begun keeps both.
        if (Volatile.Read(ref _isTrying) != 0)
            return;
        _call = default;
        _firstFailure = null;
        Failure = null;
        IsRetryMeant = false;
        _isAnnounced = false;
        ResilienceContextPool.Shared.Return(context);
        Pool.Return(this);
    }

    /// <summary>What the pipeline calls for each try.</summary>
    public ValueTask<Outcome<object>> TryAsync(ResilienceContext context)
    {
        // The handler and its context are made for one try at a time.
        if (Interlocked.Exchange(ref _isTrying, 1) != 0)
        {
            return Outcome.FromExceptionAsValueTask<object>(
                new InvalidOperationException(
                    "A pipeline of a subscription must not begin a try while another one runs, as hedging does."));
        }

        try
        {
            Begin();
            if (_firstFailure is { } failure)
            {
                _firstFailure = null;
                return new ValueTask<Outcome<object>>(End(failure));
            }

            ValueTask call = _call.Action(_call.State, Attempt, context.CancellationToken);
            if (!call.IsCompletedSuccessfully)
                return AwaitAsync(call);
            call.GetAwaiter().GetResult();
            return new ValueTask<Outcome<object>>(End(null));
        }
        catch (Exception exception)
        {
            return new ValueTask<Outcome<object>>(End(exception));
        }
    }

    /// <inheritdoc/>
    public override void Announce(TimeSpan? delay)
    {
        _isAnnounced = true;
        try
        {
            _call.OnRetry?.Invoke(_call.State, new RetryNotice(Attempt, Failure, delay));
        }
        catch (Exception)
        {
            // An observer does not decide whether there is a retry.
        }
    }

    private void Begin()
    {
        if (Attempt.Number > 0 && !_isAnnounced)
            Announce(delay: null);
        _isAnnounced = false;
        IsRetryMeant = false;
        Failure = null;
        Attempt = Attempt with { Number = Attempt.Number + 1 };
    }

    private Outcome<object> End(Exception? failure)
    {
        Failure = failure;
        Volatile.Write(ref _isTrying, 0);
        return failure is null ? Outcome.FromResult(Done) : Outcome.FromException<object>(failure);
    }

    // Pooled, so that a try that succeeds later costs no allocation of its own.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<object>> AwaitAsync(ValueTask call)
    {
        try
        {
            await call.ConfigureAwait(false);
            return End(null);
        }
        catch (Exception exception)
        {
            return End(exception);
        }
    }
}
