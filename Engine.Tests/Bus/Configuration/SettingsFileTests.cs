using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace Engine.Tests.Bus.Configuration;

/// <summary>Real files, changed in the ways that editors and programs change them.</summary>
internal sealed class SettingsFileTests
{
    [Test]
    public void Ways_of_changing_a_file_all_reach_the_bus([Values("bus.yaml", "bus.json")] string name)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, Text(name, 10));
        using var files = new FilesUnderTest(folder.PathOf(name));
        folder.Write(name, Text(name, 11));
        files.ExpectSize(11);
        folder.Replace(name, Text(name, 12));
        files.ExpectSize(12);
        File.Delete(folder.PathOf(name));
        folder.Write(name, Text(name, 13));
        files.ExpectSize(13);
        Assert.That(files.Applied, Is.Ordered.And.SubsetOf(new[] { 11, 12, 13 }));
    }

    [TestCase("EventBus:\n  Batch:\n    Size: [1", "bus.yaml(4,")]
    [TestCase("", "it is empty")]
    [TestCase("EventBus:\n  Batch:\n    Syze: 20\n", "did you mean EventBus:Batch:Size?")]
    [TestCase("EventBus:\n  Batch:\n    Size: 20\n    Size: 30\n", "there twice")]
    [TestCase("EventBus:\n  Batch:\n    Size: \xFF\xFE", "")]
    public void A_broken_file_takes_nothing_away_and_a_good_one_is_taken_after_it(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("bus.yaml", Text("bus.yaml", 10));
        using var files = new FilesUnderTest(folder.PathOf("bus.yaml"));
        folder.Write("bus.yaml", text);
        files.ExpectProblem(expected);
        Assert.That((files.Watcher.Current.Batch.Size, files.Applied), Is.EqualTo((10, Array.Empty<int>())));
        folder.Replace("bus.yaml", Text("bus.yaml", 11));
        files.ExpectSize(11);
        Assert.That(files.Watcher.Problems, Is.Empty);
    }

    [Test]
    public void A_file_that_is_gone_is_reported_and_its_content_stays([Values] bool isOptional)
    {
        using var folder = new TemporaryFolder();
        folder.Write("bus.yaml", Text("bus.yaml", 10));
        using var files = new FilesUnderTest(folder.PathOf("bus.yaml"), isOptional);
        File.Delete(folder.PathOf("bus.yaml"));
        files.ExpectProblem("is not there");
        Assert.That(files.Watcher.Current.Batch.Size, Is.EqualTo(10));
    }

    [Test]
    public void A_file_that_is_not_utf8_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.PathOf("bus.yaml"), [(byte)'a', (byte)':', 0xFF, 0xFE, (byte)'\n']);
        Assert.That(
            Thrown.By<SettingsFormatException>(() => new ConfigurationBuilder().AddYamlFile(folder.PathOf("bus.yaml")).Build()).Message,
            Does.Contain("bus.yaml").And.Contain("not UTF-8"));
    }

    [Test]
    public void A_missing_file_is_an_error_unless_it_is_optional_and_may_come_later()
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            Thrown.By<FileNotFoundException>(() => new ConfigurationBuilder().AddYamlFile(folder.PathOf("none.yaml")).Build()).Message,
            Does.Contain("none.yaml"));
        using var files = new FilesUnderTest(folder.PathOf("late.yaml"), isOptional: true);
        Assert.That(files.Watcher.Current.Batch.Size, Is.EqualTo(new EventBusOptions().Batch.Size));
        folder.Replace("late.yaml", Text("late.yaml", 11));
        files.ExpectSize(11);
    }

    [Test]
    public void A_relative_path_is_that_of_the_builder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("bus.yml", Text("bus.yml", 10));
        IConfigurationRoot configuration = new ConfigurationBuilder().SetBasePath(folder.PathOf("")).AddSettingsFile("bus.yml").Build();
        Assert.That(configuration["EventBus:Batch:Size"], Is.EqualTo("10"));
        (configuration as IDisposable)?.Dispose();
    }

    private static string Text(string name, int size) => name.EndsWith(".json", StringComparison.Ordinal)
        ? $$"""{ "EventBus": { "Batch": { "Size": {{size}} } } }"""
        : $"EventBus:\n  Batch:\n    Size: {size}\n";

    /// <summary>A watched file, with a clock that moves while a test waits for what the file system tells.</summary>
    private sealed class FilesUnderTest : IDisposable
    {
        private readonly ManualTime _time = new();
        private readonly IConfigurationRoot _configuration;
        private readonly List<int> _applied = [];

        public FilesUnderTest(string path, bool isOptional = false)
        {
            _configuration = new ConfigurationBuilder().AddSettingsFile(path, isOptional, reloadOnChange: true).Build();
            Watcher = new BusConfigurationWatcher(
                _configuration.GetSection("EventBus"),
                options => _applied.Add(options.Batch.Size),
                new BusConfigurationWatcherOptions { TimeProvider = _time, Root = _configuration });
        }

        public BusConfigurationWatcher Watcher { get; }

        public IReadOnlyList<int> Applied => _applied;

        public void ExpectSize(int size) => Expect(() => Watcher.Current.Batch.Size == size);

        public void ExpectProblem(string text) => Expect(
            () => Watcher.Problems.Any(problem => problem.ToString().Contains(text, StringComparison.Ordinal)));

        public void Dispose()
        {
            Watcher.Dispose();
            (_configuration as IDisposable)?.Dispose();
        }

        private void Expect(Func<bool> condition) => Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return condition();
        });
    }
}
