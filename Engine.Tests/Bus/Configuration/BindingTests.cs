using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Messages;
using Engine.Bus.Options;
using Engine.Primitives;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace Engine.Tests.Bus.Configuration;

internal sealed class BindingTests
{
    private const string Yaml = """
        # A comment.
        EventBus:
          defaultmode: batch
          Batch: { Size: 128, MaxWait: 2ms, IsAdaptive: TRUE }
          Async:
            OverflowPolicy: "DropOldest"
          Retry:
            MaxAttempts: 3
            MaxDelay: 00:01:00
            Jitter: decorrelated
          Metrics:
            ErrorRate:
              Degraded: 0.1
        """;

    private const string Json = """
        {
          // A comment.
          "EventBus": {
            "DefaultMode": "Batch",
            "Batch": { "Size": 128, "MaxWait": "2ms", "IsAdaptive": true },
            "Async": { "OverflowPolicy": "dropoldest" },
            "Retry": { "MaxAttempts": "3", "MaxDelay": "1m", "Jitter": "Decorrelated" },
            "Metrics": { "ErrorRate": { "Degraded": 1e-1 }, },
          },
        }
        """;

    private static readonly EventBusOptions Expected = new()
    {
        DefaultMode = ProcessingMode.Batch,
        Batch = { Size = 128, MaxWait = TimeSpan.FromMilliseconds(2), IsAdaptive = true },
        Async = { OverflowPolicy = OverflowPolicy.DropOldest },
        Retry = new() { MaxAttempts = 3, MaxDelay = TimeSpan.FromMinutes(1), Jitter = RetryJitter.Decorrelated },
        Metrics = { ErrorRate = { Degraded = 0.1 } },
    };

    [Test]
    public void Yaml_and_json_texts_give_the_same_options() => Assert.Multiple(() =>
    {
        Assert.That(BusOptionKeys.Difference(EventBusConfiguration.FromYaml(Yaml), Expected), Is.Empty);
        Assert.That(BusOptionKeys.Difference(EventBusConfiguration.FromJson(Json), Expected), Is.Empty);
    });

    [Test]
    public void Files_are_read_by_their_ending()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, string text) in new[] { ("a.json", Json), ("b.YAML", Yaml), ("c.yml", Yaml) })
            Assert.That(BusOptionKeys.Difference(EventBusConfiguration.FromFile(folder.Write(name, text)), Expected), Is.Empty, name);
        Assert.That(
            Thrown.By<ArgumentException>(() => EventBusConfiguration.FromFile(folder.Write("d.ini", ""))).Message,
            Does.Contain(".json, .yaml or .yml").And.Contain("d.ini"));
    }

    [Test]
    public void The_standard_json_provider_environment_and_command_line_are_laid_over_each_other()
    {
        using var folder = new TemporaryFolder();
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonFile(folder.Write("settings.json", Json))
            .AddInMemoryCollection([new("EventBus:Batch:Size", "256")])
            .AddCommandLine(["--EventBus:Retry:MaxAttempts=5"])
            .Build();
        EventBusOptions options = EventBusConfiguration.Read(configuration.GetSection("EventBus"));
        Assert.That(
            (options.Batch.Size, options.Retry.MaxAttempts, options.Async.OverflowPolicy), Is.EqualTo((256, 5, OverflowPolicy.DropOldest)));
    }

    [Test]
    public void Environment_variables_name_keys_with_two_underscores()
    {
        string prefix = $"BUS{Guid.NewGuid():N}_";
        Environment.SetEnvironmentVariable(prefix + "EventBus__Batch__Size", "77");
        try
        {
            IConfigurationRoot configuration = new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build();
            Assert.That(EventBusConfiguration.Read(configuration.GetSection("EventBus")).Batch.Size, Is.EqualTo(77));
        }
        finally
        {
            Environment.SetEnvironmentVariable(prefix + "EventBus__Batch__Size", null);
        }
    }

    [Test]
    public void What_the_section_does_not_have_comes_from_the_defaults_which_stay_as_they_are()
    {
        Action<BusHandlerError> onError = static _ => { };
        var defaults =
            new EventBusOptions { MaxDepth = 3, OnHandlerError = onError, TimeProvider = new ManualTime(), Batch = { Size = 10 } };
        EventBusOptions options = EventBusConfiguration.Read(Section(("Batch:Size", "20")), defaults);
        Assert.That(
            (options.MaxDepth, options.Batch.Size, options.OnHandlerError, options.TimeProvider, defaults.Batch.Size),
            Is.EqualTo((3, 20, onError, defaults.TimeProvider, 10)));
    }

    [Test]
    public void Unknown_keys_wrong_forms_and_broken_rules_are_found_in_one_go()
    {
        EventBusOptions? options = EventBusConfiguration.TryRead(
            Section(
                ("Batch:Sise", "1"), ("Batch:MaxWait", "5"), ("Batch:Size", "many"), ("Batch:MinSize", "65"), (
                    "Async:QueueCapacity:0", "1"), ("Retry", "on"),
                ("DefaultMode", "1"), ("Metrics:IsEnabled", "yes"), ("Jitter", "None"), ("Nonsense", "x"), ("Retry:MaxAttempts", "0")),
            null,
            out IReadOnlyList<ConfigurationProblem> problems);
        Assert.That(options, Is.Null);
        Assert.That(problems, Is.EquivalentTo(new ConfigurationProblem[]
        {
            new("EventBus:Batch:Sise", "1", "is no option; did you mean EventBus:Batch:Size?"),
            new("EventBus:Batch:MaxWait", "5", "must be a duration such as 5ms, 30s, 2m or 00:00:30, or unlimited"),
            new("EventBus:Batch:Size", "many", "must be a whole number such as 5, or unlimited"),
            new("EventBus:Async:QueueCapacity", null, "takes one value, not a list or a section; it must be a whole number such as 64"),
            new("EventBus:Retry", "on", "is a section, with keys below it, and takes no value"),
            new("EventBus:DefaultMode", "1", "must be one of Sync, Async, Batch, Adaptive"),
            new("EventBus:Metrics:IsEnabled", "yes", "must be true or false"),
            new("EventBus:Jitter", "None", "is no option; did you mean EventBus:Retry:Jitter?"),
            new("EventBus:Nonsense", "x",
                "is no option; there are MaxDepth, MaxCausationDepth, VmId, DefaultMode, DisposeTimeout, Batch, Async, Retry, Messages, "
                    + "Metrics"),
            new("EventBus:Retry:MaxAttempts", "0", "must be 1 to 1,000, or unlimited"),
        }));
    }

    [Test]
    public void A_key_without_a_value_is_wrong_and_a_section_without_content_is_not()
    {
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => EventBusConfiguration.FromJson("""{"EventBus":{"Batch":{"Size":null},"Async":{},"Retry":null}}""")).Problems,
            Is.EqualTo(new[]
            {
                new ConfigurationProblem("EventBus:Batch:Size", "null", "must be a whole number such as 5, or unlimited")
                {
                    Place = "the JSON text(1,30)",
                },
            }));
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => EventBusConfiguration.FromYaml("EventBus:\n  Retry:\n  Batch:\n    Size:\n")).Problems,
            Is.EqualTo(new[]
            {
                new ConfigurationProblem("EventBus:Batch:Size", "null", "must be a whole number such as 5, or unlimited")
                {
                    Place = "the YAML text(4,10)",
                },
            }));
    }

    [Test]
    public void Other_sections_of_a_text_are_not_the_bus_s_business() => Assert.That(
        EventBusConfiguration.FromYaml("Logging:\n  Levels: [a, b]\nEventBus:\n  Batch:\n    Size: 7\nname: x\n").Batch.Size,
        Is.EqualTo(7));

    [Test]
    public void Options_of_messages_have_keys_and_hold_where_a_subscription_says_nothing()
    {
        EventBusOptions options = EventBusConfiguration.FromYaml(
            "EventBus:\n  output_buffer: 128\n  Messages:\n    Capacity: 10\n    Lease: 2s\n    Retry:\n      MaxAttempts: 2\n");
        Assert.That((options.Messages.OutputBuffer, options.Messages.Retry.MaxAttempts), Is.EqualTo((128, 2)));
        var bus = new EventBus("b", options);
        Assert.That(bus.SubscribeMessages<OrderCreated>().GetStatistics().Capacity, Is.EqualTo(10));
        MessageSubscription own = bus.SubscribeMessages<OrderCreated>(new() { Capacity = 20 });
        Assert.That(own.GetStatistics().Capacity, Is.EqualTo(20));
        // As large as the output buffer of the configuration, and for less than its lease.
        Assert.That(() => own.ReadBatchesAsync(128, TimeSpan.FromSeconds(1)), Throws.Nothing);
        Assert.That(() => own.ReadBatchesAsync(129, TimeSpan.FromSeconds(1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => own.ReadBatchesAsync(1, TimeSpan.FromSeconds(2)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_section_of_another_framework_is_read_as_it_is()
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection([new("event:output_buffer", "128")]).Build();
        Assert.That(EventBusConfiguration.Read(root.GetSection("event")).Messages.OutputBuffer, Is.EqualTo(128));
        root["event:output_buffer"] = "0";
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(() => EventBusConfiguration.Read(root.GetSection("event"))).Problems.Single().Path,
            Is.EqualTo("event:Messages:OutputBuffer"));
    }

    [TestCase("Batch:\n  Size: 1\n", "Batch belongs below it")]
    [TestCase("EventBuss:\n  Batch:\n    Size: 1\n", "EventBuss may have been meant for it")]
    [TestCase("Logging:\n  Level: x\n", "is no section of the YAML text")]
    public void A_text_without_the_section_is_no_bus_of_defaults(string text, string expected) => Assert.That(
        Thrown.By<InvalidBusOptionsException>(() => EventBusConfiguration.FromYaml(text)).Message,
        Does.Contain("EventBus: is no section").And.Contain(expected));

    [Test]
    public void Paths_are_those_of_the_section_that_is_read()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Buses:Orders:MaxDepth", "x")]).Build();
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => EventBusConfiguration.Read(configuration.GetSection("Buses:Orders"))).Problems.Single().Path,
            Is.EqualTo("Buses:Orders:MaxDepth"));
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create("EventBus:" + setting.Key, (string?)setting.Value)))
        .Build().GetSection("EventBus");
}
