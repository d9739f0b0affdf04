using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace Engine.Tests.Bus.Configuration;

/// <summary>Which changes of a configuration reach the bus, and when.</summary>
internal sealed class WatcherTests
{
    private readonly List<EventBusOptions> _applied = [];
    private readonly List<IReadOnlyList<ConfigurationProblem>> _problems = [];
    private ManualTime _time = new();
    private IConfigurationRoot _configuration = new ConfigurationBuilder().Build();

    [SetUp]
    public void Make()
    {
        _applied.Clear();
        _problems.Clear();
        _time = new ManualTime();
        _configuration = new ConfigurationBuilder().AddInMemoryCollection([new("EventBus:Batch:Size", "10")]).Build();
    }

    [TearDown]
    public void Close() => (_configuration as IDisposable)?.Dispose();

    [Test]
    public void A_change_is_applied_once_it_has_been_quiet()
    {
        using BusConfigurationWatcher watcher = Watch();
        for (int size = 11; size < 16; size++)
        {
            Set("EventBus:Batch:Size", size.ToString());
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.That(_applied, Is.Empty);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.That(_applied.Select(static options => options.Batch.Size), Is.EqualTo(new[] { 15 }));
        Assert.That(watcher.Current, Is.SameAs(_applied[0]));
    }

    [Test]
    public void Changes_without_end_are_not_put_off_for_ever()
    {
        using BusConfigurationWatcher watcher = Watch();
        for (int size = 11; size < 40; size++)
        {
            Set("EventBus:Batch:Size", size.ToString());
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.That(_applied, Is.Not.Empty);
    }

    [Test]
    public void A_refused_change_never_reaches_the_bus_and_is_reported_once()
    {
        using BusConfigurationWatcher watcher = Watch();
        Set("EventBus:Batch:Size", "20");
        Set("EventBus:Batch:MaxWait", "5");
        Quiet();
        Quiet();
        Assert.That((_applied.Count, watcher.Current.Batch.Size, _problems.Count), Is.EqualTo((0, 10, 1)));
        Assert.That(watcher.Problems.Single().Path, Is.EqualTo("EventBus:Batch:MaxWait"));

        Set("EventBus:Batch:MaxWait", "5s");
        Quiet();
        Assert.That((_applied.Single().Batch.Size, watcher.Problems.Count), Is.EqualTo((20, 0)));
    }

    [Test]
    public void A_reload_that_changes_nothing_applies_nothing()
    {
        using BusConfigurationWatcher watcher = Watch();
        _configuration.Reload();
        Quiet();
        Assert.That((_applied.Count, _problems.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_section_that_is_gone_is_a_problem_and_not_a_return_to_defaults()
    {
        var provider = new ReplaceableProvider(new() { ["EventBus:Batch:Size"] = "10", ["Other"] = "x" });
        Close();
        _configuration = new ConfigurationRoot([provider]);
        using BusConfigurationWatcher watcher = Watch();
        provider.Replace(new() { ["Other"] = "x" });
        Quiet();
        Assert.That((_applied.Count, watcher.Current.Batch.Size), Is.EqualTo((0, 10)));
        Assert.That(_problems.Single(), Is.EqualTo(new[] { new ConfigurationProblem("EventBus", null, "is gone from the configuration") }));
    }

    [Test]
    public void A_target_that_throws_refuses_the_change_and_gets_the_next()
    {
        bool isWilling = false;
        using var watcher = new BusConfigurationWatcher(
            _configuration.GetSection("EventBus"),
            options =>
            {
                if (!isWilling)
                    throw new InvalidOperationException("not now");
                _applied.Add(options);
            },
            Options());
        Set("EventBus:Batch:Size", "20");
        Quiet();
        Assert.That((watcher.Current.Batch.Size, _problems.Single().Single().Rule), Is.EqualTo((10, "the change was refused: not now")));
        isWilling = true;
        watcher.Refresh();
        Assert.That((watcher.Current.Batch.Size, watcher.Problems.Count), Is.EqualTo((20, 0)));
    }

    [Test]
    public void A_report_that_throws_stops_nothing()
    {
        BusConfigurationWatcherOptions options = Options();
        options.OnProblem = static _ => throw new InvalidOperationException();
        using var watcher = new BusConfigurationWatcher(_configuration.GetSection("EventBus"), _applied.Add, options);
        Set("EventBus:Batch:Size", "none");
        Quiet();
        Set("EventBus:Batch:Size", "30");
        Quiet();
        Assert.That(_applied.Single().Batch.Size, Is.EqualTo(30));
    }

    [Test]
    public void After_disposal_nothing_is_applied()
    {
        BusConfigurationWatcher watcher = Watch();
        Set("EventBus:Batch:Size", "20");
        watcher.Dispose();
        Quiet();
        Set("EventBus:Batch:Size", "30");
        Quiet();
        watcher.Refresh();
        Assert.That(_applied, Is.Empty);
        Assert.That(_time.PendingTimerCount, Is.Zero);
    }

    [Test]
    public void A_section_that_is_wrong_from_the_start_is_thrown()
    {
        Set("EventBus:Batch:Size", "0");
        Assert.That(
            Thrown.By<InvalidBusOptionsException>(() => Watch().Dispose()).Problems.Single().Path, Is.EqualTo("EventBus:Batch:Size"));
        Assert.That(_time.PendingTimerCount, Is.Zero);
    }

    private BusConfigurationWatcher Watch() => new(_configuration.GetSection("EventBus"), _applied.Add, Options());

    private BusConfigurationWatcherOptions Options() =>
        new() { TimeProvider = _time, Root = _configuration, OnProblem = _problems.Add };

    private void Set(string key, string value)
    {
        _configuration[key] = value;
        _configuration.Reload();
    }

    private void Quiet() => _time.Advance(TimeSpan.FromSeconds(1));

    private sealed class ReplaceableProvider : ConfigurationProvider
    {
        public ReplaceableProvider(Dictionary<string, string?> data) => Data = data;

        public void Replace(Dictionary<string, string?> data)
        {
            Data = data;
            OnReload();
        }
    }
}
