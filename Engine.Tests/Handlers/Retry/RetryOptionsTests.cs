using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Retry;
using Engine.Tests.Support;
using Polly;

namespace Engine.Tests.Handlers.Retry;

/// <summary>Options that make no sense are refused with the rule, the value and the name, wherever they are given.</summary>
public class RetryOptionsTests
{
    private static IEnumerable<TestCaseData> Nonsense =>
    [
        Case("MaxAttempts", "0", "1 to 1,000, or unlimited", new() { MaxAttempts = 0 }),
        Case("MaxAttempts", "-1", "1 to 1,000, or unlimited", new() { MaxAttempts = -1 }),
        Case("MaxAttempts", "1001", "1 to 1,000, or unlimited", new() { MaxAttempts = 1001 }),
        Case("BaseDelay", "00:00:00", "1ms to 1d", new() { BaseDelay = TimeSpan.Zero }),
        Case("BaseDelay", "-00:00:01", "1ms to 1d", new() { BaseDelay = TimeSpan.FromSeconds(-1) }),
        Case("BaseDelay", "-00:00:00.0010000", "1ms to 1d", new() { BaseDelay = Timeout.InfiniteTimeSpan }),
        Case("BaseDelay", "00:00:00.1000000", "at most Retry:MaxDelay, which is 50ms", new() { MaxDelay = TimeSpan.FromMilliseconds(50) }),
        Case("MaxDelay", "2.00:00:00", "1ms to 1d", new() { MaxDelay = TimeSpan.FromDays(2) }),
        Case("Multiplier", "0.5", "1 to 100", new() { Multiplier = 0.5 }),
        Case("Multiplier", "-2", "1 to 100", new() { Multiplier = -2 }),
        Case("Multiplier", "NaN", "1 to 100", new() { Multiplier = double.NaN }),
        Case("Multiplier", "Infinity", "1 to 100", new() { Multiplier = double.PositiveInfinity }),
        Case("Jitter", "7", "Additive", new() { Jitter = (RetryJitter)7 }),
    ];

    [TestCaseSource(nameof(Nonsense))]
    public void Nonsense_is_refused_with_rule_value_and_name(string name, string value, string rule, RetryOptions options)
    {
        var bus = new EventBus();
        Check(() => HandlerPipeline.Of(options, own: null, TimeProvider.System));
        Check(() => new ResiliencePipelineBuilder().AddRetry(options));
        Check(() => bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { }, new() { Retry = options }));
        Check(() => bus.SubscribeMessages<OrderCreated>(new() { Retry = options }));
        Assert.That(bus.GetStatistics().Subscriptions, Is.Empty);
        ConfigurationProblem problem = Thrown.By<InvalidBusOptionsException>(
            () => _ = new EventBus("bus", new() { Retry = options })).Problems.Single();
        Assert.That((problem.Path, problem.Rule), Is.EqualTo(($"EventBus:Retry:{name}", problem.Rule)));
        Assert.That(problem.Rule.Replace("EventBus:", ""), Does.Contain(rule));

        void Check(Action use)
        {
            ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(use);
            Assert.That(error.ParamName, Is.EqualTo(name));
            Assert.That(FormattableString.Invariant($"{error.ActualValue}"), Is.EqualTo(value));
            Assert.That(error.Message, Does.Contain(rule));
        }
    }

    [Test]
    public void Missing_parts_are_refused()
    {
        var bus = new EventBus();
        Assert.That(static () => HandlerPipeline.Of(
            new RetryOptions { Random = null! }, own: null, TimeProvider.System), Throws.ArgumentNullException);
        Assert.That(
            static () => HandlerPipeline.Of(new RetryOptions(), own: null, TimeProvider.System).ExecuteAsync(null!, 0, onRetry: null),
            Throws.ArgumentNullException);
        Assert.That(static () => new ResiliencePipelineBuilder().AddRetry((RetryOptions)null!), Throws.ArgumentNullException);
        Assert.That(() => bus.SubscribeMessages<OrderCreated>(new() { Retry = null! }), Throws.ArgumentNullException);
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => _ = new EventBus("bus", new() { Retry = new() { Random = null! } })).Problems.Single(),
            Is.EqualTo(new ConfigurationProblem("EventBus:Retry:Random", null, "must not be null")));
    }

    [Test]
    public void Delays_of_very_late_retries_are_the_cap() => Assert.That(
        RetryBackoff.Nominal(new RetryOptions { MaxDelay = TimeSpan.FromDays(1), Multiplier = 100 }, int.MaxValue), Is.EqualTo(
            TimeSpan.FromDays(1)));

    [Test]
    public void Options_are_a_line_of_text()
    {
        Assert.That(RetryOptions.None.ToString(), Is.EqualTo("1 attempt"));
        Assert.That(new RetryOptions().ToString(), Is.EqualTo("3 attempts, 100ms times 2 up to 30s, jitter None"));
        Assert.That(
            new RetryOptions { MaxAttempts = RetryOptions.Unlimited, Multiplier = 1.5, Jitter = RetryJitter.Additive }.ToString(),
            Is.EqualTo("unlimited attempts, 100ms times 1.5 up to 30s, jitter Additive"));
    }

    private static TestCaseData Case(string name, string value, string rule, RetryOptions options) =>
        new TestCaseData(name, value, rule, options).SetArgDisplayNames(name, value);
}
