using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

/// <summary>Bad use while an engine is put together: each error names rule, value and parameter.</summary>
public class EngineBuilderTests
{
    [Test]
    public void Every_option_that_breaks_its_rule_is_named_with_value_and_rule_at_once()
    {
        EngineBuilder builder = new EngineBuilder().Configure(options =>
        {
            options.Name = "";
            options.DispatcherCount = 257;
            options.DispatcherThreadName = " ";
            options.DispatcherAffinity.Add(-1);
            options.DispatcherAffinity.Add(1024);
            options.WaitStrategy = (WaitStrategyKind)9;
            options.BatchSizing.Mode = (BatchSizingMode)8;
            options.BatchSizing.LatencyBudget = TimeSpan.FromSeconds(2);
            options.BatchSizing.LearningRate = 0;
            options.BatchSizing.MaxBatch = 0;
            options.BatchSizing.PollGap = TimeSpan.FromTicks(-1);
            options.StealAfter = TimeSpan.FromMicroseconds(9);
            options.StopTimeout = TimeSpan.Zero;
        });
        ArgumentException error = Thrown.By<ArgumentException>(() => builder.Build());
        string[] expected =
        [
            "EngineOptions.Name is \"\" but must be a name that is not blank.",
            "EngineOptions.DispatcherCount is 257 but must be 0 to 256.",
            "EngineOptions.DispatcherThreadName is \" \" but must be a name that is not blank.",
            "EngineOptions.DispatcherAffinity is -1 but must be processor numbers from 0 to 1023.",
            "EngineOptions.DispatcherAffinity is 1024 but must be processor numbers from 0 to 1023.",
            "EngineOptions.WaitStrategy is 9 but must be one of Adaptive, BusySpin, Yielding, Blocking.",
            "EngineOptions.BatchSizing.Mode is 8 but must be Adaptive or Fixed.",
            "EngineOptions.BatchSizing.LatencyBudget is 00:00:02 but must be 1 microsecond to 1 s.",
            "EngineOptions.BatchSizing.LearningRate is 0 but must be above 0, at most 1.",
            "EngineOptions.BatchSizing.MaxBatch is 0 but must be 1 to 1,048,576.",
            "EngineOptions.BatchSizing.PollGap is -00:00:00.0000001 but must be 0 to 1 s.",
            "EngineOptions.StealAfter is 00:00:00.0000090 but must be 10 microseconds to 10 s.",
            "EngineOptions.StopTimeout is 00:00:00 but must be above 0, at most 1 day.",
        ];
        Assert.Multiple(() =>
        {
            foreach (string line in expected)
                Assert.That(error.Message, Does.Contain(line));
        });
    }

    [Test]
    public void A_learning_rate_is_a_number([Values(double.NaN, -0.1, 1.1, double.PositiveInfinity)] double rate)
    {
        EngineBuilder builder = new EngineBuilder().Configure(options => options.BatchSizing.LearningRate = rate);
        Assert.Throws<ArgumentException>(() => builder.Build());
    }

    [Test]
    public void The_defaults_are_valid() => Assert.DoesNotThrow(() => new EngineBuilder().AddVmEvents().Build());

    [Test]
    public void A_capacity_is_a_power_of_two_from_two_on([Values(0, 1, 3, 1000, -4, (1 << 28) + 1, 1 << 29)] int capacity)
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => new EngineBuilder().AddEvent<Number>(d => d with { Capacity = capacity }));
        Assert.Multiple(() =>
        {
            Assert.That((error.ParamName, error.ActualValue), Is.EqualTo(("Capacity", (object)capacity)));
            Assert.That(error.Message, Does.Contain("power of two from 2 to 268435456").And.Contain(capacity.ToString()));
        });
    }

    [Test]
    public void A_priority_is_a_weight_from_1_to_1024([Values(0, -1, 1025)] int weight)
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => new EngineBuilder().AddEvent<Number>(d => d with { Priority = (EventPriority)weight }));
        Assert.That((error.ParamName, error.ActualValue), Is.EqualTo(("Priority", (object)weight)));
        Assert.That(error.Message, Does.Contain("weight from 1 to 1024"));
    }

    [Test]
    public void An_overflow_policy_is_a_known_one()
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => new EngineBuilder().AddEvent<Number>(d => d with { OverflowPolicy = (OverflowPolicy)4 }));
        Assert.That(error.Message, Does.Contain("Wait, DropIncoming, DropOldest or Fail").And.Contain("4"));
    }

    [Test]
    public void A_shard_has_a_name([Values("", " ")] string shard) =>
        Assert.Throws<ArgumentException>(() => new EngineBuilder().AddEvent<Number>(d => d with { Shard = shard }));

    [TestCase("")]
    [TestCase("Vm.fault")]
    [TestCase("vm..fault")]
    [TestCase("vm.page_fault")]
    [TestCase("-vm")]
    [TestCase("vm.")]
    [TestCase("vm fault")]
    public void An_event_name_has_a_form_and_the_error_shows_an_example(string name)
    {
        ArgumentException error = Thrown.By<ArgumentException>(() => _ = new EventDescriptor(name));
        Assert.That(error.ParamName, Is.EqualTo("name"));
        Assert.That(error.Message, Does.Contain("\"vm.page-fault\"").And.Contain($"\"{name}\""));
    }

    [Test]
    public void Two_event_types_of_one_name_are_an_error_that_names_both()
    {
        EngineBuilder builder = new EngineBuilder().AddEvent<Number>();
        ArgumentException error = Thrown.By<ArgumentException>(() => builder.AddEvent<SecondNumber>());
        Assert.That(error.Message, Does.Contain("unique").And.Contain(nameof(Number)).And.Contain(nameof(SecondNumber))
            .And.Contain("\"test.number\""));
    }

    [Test]
    public void Registering_a_type_again_replaces_its_descriptor()
    {
        EventEngine engine = new EngineBuilder().AddEvent<Number>().AddEvent<Number>(d => d with { Capacity = 16 }).Build();
        Assert.That(engine.EventTypes.Select(type => (type.Name, type.Capacity)), Is.EqualTo(new[] { ("test.number", 16) }));
    }

    [Test]
    public void AddVmEvents_keeps_what_was_registered_before()
    {
        EventEngine engine = new EngineBuilder().AddEvent<PageFaulted>(d => d with { Capacity = 64 }).AddVmEvents().Build();
        Assert.That(engine.EventTypes.Select(static type => type.Name), Is.EquivalentTo(VmEvents.All.Select(static type => type.Name)));
        Assert.That(engine.EventTypes.Single(type => type.Name == "vm.page-fault").Capacity, Is.EqualTo(64));
    }

    [Test]
    public void One_builder_makes_engines_that_do_not_share_anything()
    {
        EngineBuilder builder = new EngineBuilder().AddEvent<Number>();
        EventEngine first = builder.Build();
        EventEngine second = builder.Build();
        first.Subscribe((in Number _, in Envelope _) => { });
        Assert.That(second.CreateProducer().GetLane<Number>().IsEnabled, Is.False);
    }

    [Test]
    public void Null_arguments_are_errors()
    {
        EventEngine engine = Engines.Build();
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentNullException>(() => new EngineBuilder().Configure(null!));
            Assert.Throws<ArgumentNullException>(() => _ = new EventDescriptor(null!));
            Assert.Throws<ArgumentNullException>(() => engine.Subscribe((EventAction<Number>)null!));
            Assert.Throws<ArgumentNullException>(() => engine.Subscribe((IEventHandler<Number>)null!));
            Assert.Throws<ArgumentNullException>(() => engine.SubscribeBatch((BatchAction<Number>)null!));
            Assert.Throws<ArgumentNullException>(() => engine.SubscribeBatch((IBatchHandler<Number>)null!));
        });
    }

    [Test]
    public void An_unregistered_event_type_is_an_error_that_says_how_to_register_it()
    {
        EventEngine engine = Engines.Build();
        Action[] uses =
        [
            () => engine.CreateProducer().GetLane<Unregistered>(),
            () => engine.GetSharedLane<Unregistered>(),
            () => engine.Subscribe((in Unregistered _, in Envelope _) => { }),
            () => engine.SubscribeBatch((ReadOnlySpan<Unregistered> _, in Envelope _) => { }),
        ];
        Assert.Multiple(() =>
        {
            foreach (Action use in uses)
            {
                InvalidOperationException error = Thrown.By<InvalidOperationException>(use)!;
                Assert.That(error.Message, Does.Contain("\"test.unregistered\"").And.Contain("AddEvent<Unregistered>()"));
            }
        });
    }
}
