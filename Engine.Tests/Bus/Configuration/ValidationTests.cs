using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Options;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Configuration;

internal sealed class ValidationTests
{
    // For each form one that is nobody's default.
    private static readonly string[] OtherValues = ["7", "0.7", "7s", "true", "false", "Batch", "DropOldest", "Additive", "vm-7"];

    [Test]
    public void Options_as_they_are_made_keep_all_rules() => Assert.That(EventBusConfiguration.Check(new EventBusOptions()), Is.Empty);

    [Test]
    public void All_problems_come_at_once_each_with_path_value_and_rule()
    {
        var options = new EventBusOptions
        {
            MaxDepth = 16,
            Batch = { Size = 2048, LearningRate = double.NaN },
            Async = null!,
            Retry = new() { BaseDelay = TimeSpan.FromMinutes(1), MaxAttempts = 0 },
            Metrics = { QueueFill = null!, ErrorRate = { Clear = 0.5 } },
            TimeProvider = null!,
        };
        InvalidBusOptionsException error = Thrown.By<InvalidBusOptionsException>(() => _ = new EventBus("orders", options));
        Assert.That(error.Problems, Is.EquivalentTo(new ConfigurationProblem[]
        {
            new("EventBus:TimeProvider", null, "must not be null"),
            new("EventBus:Async", null, "must not be null"),
            new("EventBus:Metrics:QueueFill", null, "must not be null"),
            new("EventBus:MaxDepth", "16", "must be 1 to 15"),
            new("EventBus:Batch:LearningRate", "NaN", "must be above 0, at most 1"),
            new("EventBus:Retry:MaxAttempts", "0", "must be 1 to 1,000, or unlimited"),
            new("EventBus:Batch:Size", "2048", "must be at most EventBus:Batch:MaxSize, which is 1024"),
            new("EventBus:Retry:BaseDelay", "1m", "must be at most EventBus:Retry:MaxDelay, which is 30s"),
            new("EventBus:Metrics:ErrorRate:Clear", "0.5", "must be at most EventBus:Metrics:ErrorRate:Degraded, which is 0.05"),
        }));
        Assert.That(error.Message, Does.StartWith("9 options of the bus are wrong:"));
        foreach (ConfigurationProblem problem in error.Problems)
            Assert.That(error.Message, Does.Contain(problem.ToString()));
    }

    [Test]
    public void A_missing_section_hides_no_other_problem() => Assert.That(
        EventBusConfiguration.Check(new EventBusOptions { Metrics = null!, MaxDepth = 0 }).Select(static problem => problem.Path),
        Is.EqualTo(new[] { "EventBus:Metrics", "EventBus:MaxDepth" }));

    [Test]
    public void A_value_without_a_name_is_no_choice() => Assert.That(
        EventBusConfiguration.Check(new EventBusOptions { DefaultMode = (ProcessingMode)7 }).Single(),
        Is.EqualTo(new ConfigurationProblem("EventBus:DefaultMode", "7", "must be one of Sync, Async, Batch, Adaptive")));

    [Test]
    public void Rules_about_two_options_are_silent_where_one_of_them_is_out_of_range() => Assert.That(
        EventBusConfiguration.Check(new EventBusOptions { Batch = { Size = -1 } }).Single().Path, Is.EqualTo("EventBus:Batch:Size"));

    [Test]
    public void Every_option_refuses_values_just_outside_its_range()
    {
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All.Where(static key => key.Range.Length > 0))
        {
            var options = new EventBusOptions();
            string outside = key.Form.StartsWith("duration", StringComparison.Ordinal) ? "25d" : "1e9";
            if (key.Path == "Batch:TargetEventsPerSecond")
                outside = "1e10";
            if (key.Form.StartsWith("integer", StringComparison.Ordinal))
                outside = "2000000000";
            if (key.Form == "text")
                outside = new string('x', 257);
            Assert.That(key.TrySet(options, outside), Is.True, key.Path);
            Assert.That(EventBusConfiguration.Check(options).Select(static problem => problem.Path), Does.Contain("EventBus:" + key.Path));
        }
    }

    [Test]
    public void Values_survive_being_written_and_read()
    {
        var options = new EventBusOptions();
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All)
        {
            var other = new EventBusOptions();
            Assert.That(key.TrySet(other, key.Format(options)) && key.IsEqual(options, other), Is.True, key.Path);
        }
    }

    [Test]
    public void Every_option_has_a_key_except_those_that_code_alone_can_set()
    {
        IEnumerable<string> inCode = PathsOf(typeof(EventBusOptions), "");
        Assert.That(
            BusOptionKeys.All.Select(static key => key.Path).Concat(
                ["OnHandlerError", "Logger", "TimeProvider", "Batch:Strategy", .. OfRetries("Retry"), .. OfRetries("Messages:Retry")]),
            Is.EquivalentTo(inCode));

        static string[] OfRetries(string path) => [path + ":ShouldRetry", path + ":Random"];

        static IEnumerable<string> PathsOf(Type type, string prefix) => type.GetProperties().SelectMany(property =>
            property.PropertyType.Namespace == typeof(BatchOptions).Namespace
                && property.PropertyType is { IsEnum: false, IsInterface: false }
                ? PathsOf(property.PropertyType, $"{prefix}{property.Name}:")
                : [prefix + property.Name]);
    }

    [Test]
    public void A_copy_has_every_value_and_shares_nothing_that_can_be_changed()
    {
        var options = new EventBusOptions { OnHandlerError = static _ => { }, TimeProvider = new ManualTime() };
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All)
            Assert.That(
                OtherValues.Any(text => key.TrySet(options, text) && !key.IsEqual(options, new EventBusOptions())), Is.True, key.Path);
        EventBusOptions copy = options.Copy();
        Assert.That(BusOptionKeys.Difference(copy, options), Is.Empty);
        Assert.That((copy.OnHandlerError, copy.TimeProvider), Is.EqualTo((options.OnHandlerError, options.TimeProvider)));
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All)
            Assert.That(key.TrySet(options, key.Format(new EventBusOptions())), Is.True);
        Assert.That(BusOptionKeys.Difference(copy, new EventBusOptions()), Has.Count.EqualTo(BusOptionKeys.All.Count));
    }

    [TestCase("deliveryy", "delivery", 1)]
    [TestCase("sieze", "size", 1)]
    [TestCase("ab", "ba", 1)]
    [TestCase("", "abc", 3)]
    [TestCase("Kitten", "sitting", 3)]
    public void Distance_counts_letters_that_differ(string from, string to, int expected) =>
        Assert.That((NearMiss.Distance(from, to), NearMiss.Distance(to, from)), Is.EqualTo((expected, expected)));

    [TestCase("5ms", 5e-3)]
    [TestCase("1.5 s", 1.5)]
    [TestCase("30S", 30)]
    [TestCase("2m", 120)]
    [TestCase("1h", 3600)]
    [TestCase("1d", 86400)]
    [TestCase("7us", 7e-6)]
    [TestCase("00:00:30", 30)]
    [TestCase("1.00:00:00.5", 86400.5)]
    public void A_duration_has_a_unit_or_three_parts(string text, double seconds)
    {
        Assert.That(DurationText.TryParse(text, out TimeSpan duration), Is.True);
        Assert.That(duration, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
        Assert.That(DurationText.TryParse(DurationText.Format(duration), out TimeSpan again) && again == duration, Is.True);
    }

    [TestCase("5")]
    [TestCase("")]
    [TestCase("ms")]
    [TestCase("-5ms")]
    [TestCase("5:00")]
    [TestCase("1e400d")]
    [TestCase("99999999999d")]
    [TestCase("NaNs")]
    [TestCase("5 minutes")]
    public void Anything_else_is_no_duration(string text) => Assert.That(DurationText.TryParse(text, out _), Is.False);
}
