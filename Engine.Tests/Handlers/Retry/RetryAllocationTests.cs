using System.Threading.Tasks.Sources;
using Engine.Bus;
using Engine.Bus.Retry;
using Engine.Tests.Support;
using Polly;

namespace Engine.Tests.Handlers.Retry;

[NonParallelizable]
public class RetryAllocationTests
{
    [Test]
    public void A_success_allocates_nothing()
    {
        HandlerPipeline policy = HandlerPipeline.Of(new RetryOptions(), own: null, TimeProvider.System);
        Assert.That(
            Allocations.Of(() => policy.ExecuteAsync(static (_, _, _) => ValueTask.CompletedTask, 1, onRetry: null)), Is.Zero);
    }

    [Test]
    public void A_success_that_comes_later_allocates_nothing()
    {
        HandlerPipeline policy = HandlerPipeline.Of(new RetryOptions(), own: null, TimeProvider.System);
        var gate = new Gate();
        Assert.That(
            Allocations.Of(() =>
            {
                ValueTask execution = policy.ExecuteAsync(static (gate, _, _) => gate.WaitAsync(), gate, onRetry: null);
                gate.Open();
                execution.GetAwaiter().GetResult();
            }),
            Is.Zero);
    }

    [Test]
    public void A_success_in_a_pipeline_of_the_users_own_allocates_nothing()
    {
        HandlerPipeline policy = HandlerPipeline.Of(new RetryOptions(), ResiliencePipeline.Empty, TimeProvider.System);
        Assert.That(
            Allocations.Of(() => policy.ExecuteAsync(static (_, _, _) => ValueTask.CompletedTask, 1, onRetry: null)), Is.Zero);
    }

    [Test]
    public void An_action_that_allocates_is_noticed()
    {
        HandlerPipeline policy = HandlerPipeline.Of(new RetryOptions(), own: null, TimeProvider.System);
        Assert.That(
            Allocations.Of(() => policy.ExecuteAsync(
                static (_, _, _) =>
                {
                    GC.KeepAlive(new byte[1]);
                    return ValueTask.CompletedTask;
                },
                1,
                onRetry: null)),
            Is.Positive);
    }

    /// <summary>A wait that can be used again.</summary>
    private sealed class Gate : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _core;

        public ValueTask WaitAsync()
        {
            _core.Reset();
            return new ValueTask(this, _core.Version);
        }

        public void Open() => _core.SetResult(true);

        public void GetResult(short token) => _core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
