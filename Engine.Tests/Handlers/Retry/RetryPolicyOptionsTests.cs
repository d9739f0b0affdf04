using Engine.Bus.Retry;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers.Retry;

/// <summary>Policies that make no sense are refused with the rule, the value and the name.</summary>
public class RetryPolicyOptionsTests
{
    private static IEnumerable<TestCaseData> Nonsense =>
    [
        Case("MaxAttempts", "0", "at least once", static o => o.MaxAttempts = 0),
        Case("MaxAttempts", "-1", "at least once", static o => o.MaxAttempts = -1),
        Case("BaseDelay", "00:00:00", "at least 1 ms", static o => o.BaseDelay = TimeSpan.Zero),
        Case("BaseDelay", "-00:00:01", "at least 1 ms", static o => o.BaseDelay = TimeSpan.FromSeconds(-1)),
        Case("BaseDelay", "-00:00:00.0010000", "at least 1 ms", static o => o.BaseDelay = Timeout.InfiniteTimeSpan),
        Case("MaxDelay", "00:00:00.0500000", "at least BaseDelay", static o => o.MaxDelay = TimeSpan.FromMilliseconds(50)),
        Case("MaxDelay", "50.00:00:00", "at most 49 days", static o => o.MaxDelay = TimeSpan.FromDays(50)),
        Case("Multiplier", "0.5", "at least 1", static o => o.Multiplier = 0.5),
        Case("Multiplier", "-2", "at least 1", static o => o.Multiplier = -2),
        Case("Multiplier", "NaN", "finite", static o => o.Multiplier = double.NaN),
        Case("Multiplier", "∞", "finite", static o => o.Multiplier = double.PositiveInfinity),
        Case("Jitter", "7", "Additive", static o => o.Jitter = (RetryJitter)7),
    ];

    [TestCaseSource(nameof(Nonsense))]
    public void Nonsense_is_refused_with_rule_value_and_name(string name, string value, string rule, Action<RetryPolicyOptions> set)
    {
        var options = new RetryPolicyOptions();
        set(options);
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(() => _ = new RetryPolicy(options));
        Assert.That(error.ParamName, Is.EqualTo(name));
        Assert.That(FormattableString.Invariant($"{error.ActualValue}"), Is.EqualTo(value).Or.EqualTo(value == "∞" ? "Infinity" : value));
        Assert.That(error.Message, Does.Contain(rule));
    }

    [Test]
    public void Missing_parts_are_refused()
    {
        Assert.That(static () => new RetryPolicy(null!), Throws.ArgumentNullException);
        Assert.That(static () => new RetryPolicy(new RetryPolicyOptions { TimeProvider = null! }), Throws.ArgumentNullException);
        Assert.That(static () => new RetryPolicy(new RetryPolicyOptions { Random = null! }), Throws.ArgumentNullException);
        Assert.That(
            static () => new RetryPolicy(new RetryPolicyOptions()).ExecuteAsync(null!, 0), Throws.ArgumentNullException);
        Assert.That(static () => new RetryPolicy(new RetryPolicyOptions()).GetNominalDelay(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Plain_values_are_checked_as_well() =>
        Assert.That(
            static () => RetryPolicy.From(0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 2, RetryJitter.None, TimeProvider.System),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("MaxAttempts"));

    [Test]
    public void A_policy_does_not_follow_later_changes_of_its_options()
    {
        var options = new RetryPolicyOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromSeconds(1) };
        var policy = new RetryPolicy(options);
        options.MaxAttempts = 5;
        options.BaseDelay = TimeSpan.FromSeconds(9);
        Assert.That(policy.MaxAttempts, Is.EqualTo(2));
        Assert.That(policy.GetNominalDelay(0), Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Delays_of_very_late_retries_are_the_cap()
    {
        RetryPolicy policy = RetryPolicy.From(
            int.MaxValue, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(49), 1e300, RetryJitter.None, TimeProvider.System);
        Assert.That(policy.GetNominalDelay(int.MaxValue), Is.EqualTo(TimeSpan.FromDays(49)));
    }

    private static TestCaseData Case(string name, string value, string rule, Action<RetryPolicyOptions> set) =>
        new TestCaseData(name, value, rule, set).SetArgDisplayNames(name, value);
}
