using Engine.Bus;
using Engine.Bus.Configuration;
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
            new("EventBus:Batch:MaxWait", "5", "must be a duration such as 5ms, 30s, 2m or 00:00:30"),
            new("EventBus:Batch:Size", "many", "must be a whole number such as 64"),
            new("EventBus:Async:QueueCapacity", null, "takes one value, not a list or a section; it must be a whole number such as 64"),
            new("EventBus:Retry", "on", "is a section, with keys below it, and takes no value"),
            new("EventBus:DefaultMode", "1", "must be one of Sync, Async, Batch, Adaptive"),
            new("EventBus:Metrics:IsEnabled", "yes", "must be true or false"),
            new("EventBus:Jitter", "None", "is no option; did you mean EventBus:Retry:Jitter?"),
            new("EventBus:Nonsense", "x",
                "is no option; there are MaxDepth, MaxCausationDepth, VmId, DefaultMode, DisposeTimeout, Batch, Async, Retry, Metrics"),
            new("EventBus:Retry:MaxAttempts", "0", "must be 1 to 1,000, or unlimited"),
        }));
    }

    [Test]
    public void A_key_without_a_value_is_wrong_and_a_section_without_content_is_not()
    {
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => EventBusConfiguration.FromJson("""{"EventBus":{"Batch":{"Size":null},"Async":{},"Retry":null}}""")).Problems,
            Is.EqualTo(new[] { new ConfigurationProblem("EventBus:Batch:Size", "null", "must be a whole number such as 64") }));
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(
                () => EventBusConfiguration.FromYaml("EventBus:\n  Retry:\n  Batch:\n    Size:\n")).Problems,
            Is.EqualTo(new[] { new ConfigurationProblem("EventBus:Batch:Size", "null", "must be a whole number such as 64") }));
    }

    [Test]
    public void Texts_are_for_nothing_but_the_section() => Assert.That(
        Thrown.By<InvalidBusOptionsException>(() => EventBusConfiguration.FromYaml("Batch:\n  Size: 1\n")).Message,
        Does.Contain("Batch").And.Contain("not part of the section EventBus"));

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
