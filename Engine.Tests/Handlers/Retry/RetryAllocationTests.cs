using Engine.Bus;
using Engine.Bus.Retry;
using Engine.Tests.Support;

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
}
