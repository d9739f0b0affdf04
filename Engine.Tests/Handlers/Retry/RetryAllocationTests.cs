using Engine.Bus.Retry;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers.Retry;

[NonParallelizable]
public class RetryAllocationTests
{
    [Test]
    public void A_success_allocates_nothing()
    {
        var policy = new RetryPolicy(new RetryPolicyOptions());
        Assert.That(
            Allocations.Of(() => policy.ExecuteAsync(static (_, _, _) => ValueTask.CompletedTask, 1)), Is.Zero);
    }

    [Test]
    public void An_action_that_allocates_is_noticed()
    {
        var policy = new RetryPolicy(new RetryPolicyOptions());
        Assert.That(
            Allocations.Of(() => policy.ExecuteAsync(
                static (_, _, _) =>
                {
                    GC.KeepAlive(new byte[1]);
                    return ValueTask.CompletedTask;
                },
                1)),
            Is.Positive);
    }
}
