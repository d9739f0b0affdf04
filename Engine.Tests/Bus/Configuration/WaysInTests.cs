using System.Text;
using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engine.Tests.Bus.Configuration;

/// <summary>What is wrong with a file is an error with its place, by every way in which a file comes in, at start and at reload.</summary>
internal sealed class WaysInTests
{
    private const string Good = "EventBus:\n  Batch:\n    Size: 10\n";

    private static readonly (string Name, byte[] Yaml, byte[] Json, string Expected)[] Wrong =
    [
        ("section twice", "EventBus:\n  Batch: {Size: 1}\n  Batch: {MinSize: 1}\n"u8.ToArray(),
            "{\n\"EventBus\": {\n\"Batch\": {\"Size\": 1},\n\"batch\": {\"MinSize\": 1}}}"u8.ToArray(), "is there twice"),
        ("list for a section", "EventBus:\n  Batch: [1]\n"u8.ToArray(), "{\"EventBus\":\n{\"Batch\": [1]}}"u8.ToArray(),
            "and not a list"),
        ("empty list for a section", "EventBus:\n  Batch: []\n"u8.ToArray(), "{\"EventBus\":\n{\"Batch\": []}}"u8.ToArray(),
            "and not a list"),
        ("empty list for the bus", "\nEventBus: []\n"u8.ToArray(), "{\n\"EventBus\": []}"u8.ToArray(), "and not a list"),
        ("value for a section", "EventBus:\n  Batch: 5\n"u8.ToArray(), "{\"EventBus\":\n{\"Batch\": 5}}"u8.ToArray(), "takes no value"),
        ("value for the bus", "\nEventBus: 5\n"u8.ToArray(), "{\n\"EventBus\": 5}"u8.ToArray(), "takes no value"),
        ("section for a value", "EventBus:\n  VmId: {}\n"u8.ToArray(), "{\"EventBus\":\n{\"VmId\": {}}}"u8.ToArray(), "takes one value"),
        ("list for a value", "EventBus:\n  VmId: [a]\n"u8.ToArray(), "{\"EventBus\":\n{\"VmId\": [\"a\"]}}"u8.ToArray(), "takes one value"),
        ("empty list for a value", "EventBus:\n  VmId: []\n"u8.ToArray(), "{\"EventBus\":\n{\"VmId\": []}}"u8.ToArray(), "takes one value"),
        ("half a character", "EventBus:\n  VmId: \"\\uD800\"\n"u8.ToArray(), "{\"EventBus\":\n{\"VmId\": \"\\uD800\"}}"u8.ToArray(), ""),
        ("Latin-1", [.. "EventBus:\n  VmId: caf"u8, 0xE9, (byte)'\n'], [.. "{\"EventBus\":\n{\"VmId\": \"caf"u8, 0xE9, .. "\"}}"u8],
            "not UTF-8 text"),
        ("UTF-16", Encoding.Unicode.GetPreamble(), Encoding.Unicode.GetPreamble(), "not UTF-8 text"),
        ("unknown key", "EventBus:\n  VmIdd: a\n"u8.ToArray(), "{\"EventBus\":\n{\"VmIdd\": 1}}"u8.ToArray(), "is no option"),
        ("out of range", "EventBus:\n  MaxDepth: 0\n"u8.ToArray(), "{\"EventBus\":\n{\"MaxDepth\": 0}}"u8.ToArray(), "must be 1 to 15"),
    ];

    [TestCaseSource(nameof(Cases))]
    public void A_wrong_file_is_refused_with_its_place_by_every_way_in(byte[] content, string fileName, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf(fileName);
        File.WriteAllBytes(path, content);
        string line = content.Length < 4 ? "(1," : "(2,";
        if (expected == "is there twice")
            line = fileName.EndsWith("json", StringComparison.Ordinal) ? "(4," : "(3,";
        Expect("FromFile", Assert.Catch(() => EventBusConfiguration.FromFile(path)));
        Expect("a configuration", Assert.Catch(() => Read(path)));
        Expect("a host", Assert.Catch(() => StartHost(path)));

        File.WriteAllText(path, fileName.EndsWith("json", StringComparison.Ordinal) ? """{"EventBus":{"Batch":{"Size":10}}}""" : Good);
        var time = new ManualTime();
        IConfigurationRoot root = new ConfigurationBuilder().AddSettingsFile(path).Build();
        using var provider = (IDisposable)root;
        using var watcher = new BusConfigurationWatcher(
            root.GetSection("EventBus"), static _ => { }, new BusConfigurationWatcherOptions { Root = root, TimeProvider = time });
        File.WriteAllBytes(path, content);
        root.Reload();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(watcher.Current.Batch.Size, Is.EqualTo(10), "The options in force stay.");
        Assert.That(watcher.Problems.Select(static p => p.ToString()), Has.Some.Contains(fileName + line).And.Some.Contains(expected));

        void Expect(string way, Exception? error) =>
            Assert.That(error?.Message, Does.Contain(fileName + line).And.Contain(expected), way);
    }

    [Test]
    public void A_wrong_value_of_another_source_is_not_blamed_on_a_file()
    {
        using var folder = new TemporaryFolder();
        IConfigurationRoot root = new ConfigurationBuilder()
            .AddYamlFile(folder.Write("bus.yaml", Good))
            .AddInMemoryCollection([new("EventBus:Batch:Size", "0")]).Build();
        using var provider = (IDisposable)root;
        InvalidBusOptionsException error = Thrown.By<InvalidBusOptionsException>(() =>
        {
            using var watcher = new BusConfigurationWatcher(
                root.GetSection("EventBus"), static _ => { }, new BusConfigurationWatcherOptions { Root = root });
        });
        Assert.That(error.Problems.Single().Place, Is.Null);
    }

    [Test]
    public void A_standard_source_has_its_wrong_kinds_refused_as_far_as_they_can_be_seen()
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection([new("EventBus", "5")]).Build();
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(() => EventBusConfiguration.Read(root.GetSection("EventBus"))).Problems.Single().Rule,
            Does.Contain("takes no value"));
    }

    [Test]
    public void A_file_is_read_up_to_its_limit_and_not_beyond([Values] bool isYaml)
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf(isYaml ? "bus.yaml" : "bus.json");
        string start = isYaml ? Good + "#" : """{"EventBus":{"Batch":{"Size":10}}} """;
        File.WriteAllText(path, start + new string(isYaml ? '#' : ' ', SettingsText.MaxBytes - start.Length));
        Assert.That(EventBusConfiguration.FromFile(path).Batch.Size, Is.EqualTo(10));
        File.AppendAllText(path, new string(' ', 64 << 20));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            Thrown.By<SettingsFormatException>(() => EventBusConfiguration.FromFile(path)).Message,
            Does.Contain("more than 4194304 bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20 << 20));
    }

    [Test]
    public void A_source_that_says_nothing_of_its_length_is_not_read_for_ever()
    {
        Assume.That(File.Exists("/dev/zero"));
        using FileStream endless = SettingsText.Open("/dev/zero");
        Assert.That(
            Thrown.By<SettingsFormatException>(() => SettingsText.Of(endless, "zero")).Message, Does.Contain("more than 4194304 bytes"));
    }

    [Test]
    public void Thousands_of_unknown_keys_cost_little_work_and_a_short_message()
    {
        var provider = new CountingProvider(Enumerable.Range(0, 5_000).ToDictionary(
            static i => $"EventBus:{new string('k', 1_000)}{i}", static _ => (string?)new string('v', 1_000)));
        InvalidBusOptionsException error = Thrown.By<InvalidBusOptionsException>(
            () => EventBusConfiguration.Read(new ConfigurationRoot([provider]).GetSection("EventBus")));
        Assert.That(error.Problems, Has.Count.LessThanOrEqualTo(100));
        Assert.That(error.Message, Has.Length.LessThan(20_000));
        Assert.That(provider.Calls, Is.LessThan(10), "It does not ask what is below each of them.");
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach ((string name, byte[] yaml, byte[] json, string expected) in Wrong)
        {
            yield return new TestCaseData(yaml, "bus.yaml", expected).SetArgDisplayNames(name, "YAML");
            yield return new TestCaseData(json, "bus.json", expected).SetArgDisplayNames(name, "JSON");
        }
    }

    private static void Read(string path)
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddSettingsFile(path).Build();
        using var provider = (IDisposable)root;
        using var watcher = new BusConfigurationWatcher(
            root.GetSection("EventBus"), static _ => { }, new BusConfigurationWatcherOptions { Root = root });
    }

    private static void StartHost(string path)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddSettingsFile(path);
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("EventBus"));
        using IHost host = builder.Build();
        host.Start();
    }

    private sealed class CountingProvider : ConfigurationProvider
    {
        public CountingProvider(Dictionary<string, string?> data) => Data = data;

        public int Calls { get; private set; }

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            Calls++;
            return base.GetChildKeys(earlierKeys, parentPath);
        }
    }
}
