using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Retry;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Engine.Tests.Bus.Configuration;

/// <summary>
/// A change of a configuration runs code that is not the bus's, on a timer's or a file watcher's thread. The clock of these tests runs
/// timers on the thread that moves it, so that what would end a process fails the test.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ForeignCodeTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();

    [TestCase("configure")]
    [TestCase("post-configure")]
    [TestCase("validate")]
    [TestCase("validate by exception")]
    [TestCase("provider")]
    [TestCase("message that throws")]
    public async Task Whatever_throws_at_a_reload_the_options_in_force_stay_and_the_fault_is_logged(string who)
    {
        HostApplicationBuilder builder = Builder();
        var provider = new ThrowingProvider();
        ((IConfigurationBuilder)builder.Configuration).Add(new ProviderSource(provider));
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("EventBus"), o => ThrowAt(o, who == "configure"));
        OptionsBuilder<EventBusOptions> options = builder.Services.AddOptions<EventBusOptions>("orders");
        if (who == "post-configure")
            options.PostConfigure(static o => ThrowAt(o, isIt: true));
        else if (who == "validate")
            options.Validate(static o => o.Batch.Size != 66, "66 is not allowed here");
        else if (who == "validate by exception")
            options.Validate(static o => { ThrowAt(o, isIt: true); return true; });
        else if (who == "message that throws")
            options.Validate(static o => o.Batch.Size == 66 ? throw new UnspeakableException() : true);
        using IHost host = builder.Build();
        await host.StartAsync();

        provider.IsBroken = who == "provider";
        Change(provider, "66");
        provider.IsBroken = false;
        Assert.That(Size(host), Is.EqualTo(10));
        Assert.That(_log.Texts, Has.Exactly(1).StartWith("A change of the bus's configuration was refused; the options in force stay."));
        if (who != "message that throws")
            Assert.That(_log.Texts[^1], Does.Contain("66 is not allowed here"));
        Change(provider, "67");
        Assert.That(Size(host), Is.EqualTo(67), "The next good change is taken.");
        await host.StopAsync();
    }

    [Test]
    public async Task A_logger_that_throws_neither_ends_the_process_nor_takes_options_back()
    {
        HostApplicationBuilder builder = Builder();
        _log.Throws = true;
        var provider = new ThrowingProvider();
        ((IConfigurationBuilder)builder.Configuration).Add(new ProviderSource(provider));
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("EventBus"));
        using IHost host = builder.Build();
        await host.StartAsync();
        IOptionsMonitor<EventBusOptions> monitor = host.Services.GetRequiredService<IOptionsMonitor<EventBusOptions>>();
        using IDisposable? listener = monitor.OnChange(static (_, _) => throw new InvalidOperationException("a listener's own"));
        Change(provider, "none");
        Change(provider, "20");
        EventBus bus = host.Services.GetRequiredService<EventBus>();
        bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => throw new UnspeakableException());
        bus.Publish(new OrderCreated(1));
        Assert.That((Size(host), bus.GetStatistics().Subscriptions[0].ErrorCount, _log.Texts.Count > 0), Is.EqualTo((20, 1L, true)));
        await host.StopAsync();
    }

    [Test]
    public void A_reading_that_hangs_holds_up_neither_who_asks_for_the_options_nor_the_end()
    {
        using var isHanging = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var provider = new ThrowingProvider();
        var root = new ConfigurationRoot([provider]);
        var applied = new List<EventBusOptions>();
        var watcher = new BusConfigurationWatcher(
            root.GetSection("EventBus"), applied.Add, new BusConfigurationWatcherOptions { TimeProvider = _time, Root = root });
        provider.OnGet = () =>
        {
            isHanging.Set();
            mayGoOn.Wait();
        };
        Task timer = Task.Run(() =>
        {
            provider.Replace("20");
            _time.Advance(TimeSpan.FromSeconds(1));
        });
        Eventually.IsOpen(isHanging);
        Assert.That((watcher.Current.Batch.Size, watcher.Problems.Count), Is.EqualTo((10, 0)));
        watcher.Dispose();
        mayGoOn.Set();
        Assert.That(timer.Wait(Eventually.HangGuard), Is.True);
        Assert.That(applied, Is.Empty, "Nothing is applied after the end.");
    }

    [Test]
    public void A_token_that_cannot_be_had_is_logged()
    {
        var provider = new ThrowingProvider();
        var root = new ConfigurationRoot([provider]);
        var section = new SectionWithTokens(root.GetSection("EventBus"));
        using var watcher = new BusConfigurationWatcher(
            section, static _ => { }, new BusConfigurationWatcherOptions { TimeProvider = _time, Logger = _log });
        section.IsBroken = true;
        provider.Replace("20");
        Assert.That(_log.Texts, Has.Exactly(1).EqualTo("A change of the bus's configuration could not be followed."));
    }

    [Test]
    public void A_source_of_files_and_a_listener_that_throw_stop_no_reload()
    {
        var files = new MemoryFiles { Text = "EventBus:\n  Batch:\n    Size: 10\n" };
        IConfigurationRoot root = new ConfigurationBuilder().SetFileProvider(files).AddYamlFile("bus.yaml", reloadOnChange: true).Build();
        using var watcher = new BusConfigurationWatcher(
            root.GetSection("EventBus"), static _ => { },
            new BusConfigurationWatcherOptions { TimeProvider = _time, Root = root, Logger = _log });
        using IDisposable listener = ChangeToken.OnChange(
            root.GetReloadToken, static () => throw new InvalidOperationException("a listener's own"));

        files.Text = "EventBus:\n  Batch:\n    Size: 20\n";
        files.Change();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(watcher.Current.Batch.Size, Is.EqualTo(20));
        Assert.That(_log.Errors.Select(static e => e.ToString()), Has.Some.Contains("a listener's own"));

        files.Fault = new NotSupportedException("the source's own");
        files.Change();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(watcher.Current.Batch.Size, Is.EqualTo(20));
        Assert.That(watcher.Problems.Single().Rule, Does.Contain("the source's own"));
    }

    [TestCase(RetryJitter.Additive, double.NaN)]
    [TestCase(RetryJitter.Additive, -5)]
    [TestCase(RetryJitter.Decorrelated, 1e300)]
    [TestCase(RetryJitter.Decorrelated, null)]
    public void A_source_of_random_numbers_that_throws_or_gives_none_leaves_the_delay_without_jitter(RetryJitter jitter, double? number)
    {
        var options = new RetryOptions { Jitter = jitter, Random = new BadRandom(number), BaseDelay = TimeSpan.FromMilliseconds(5) };
        Assert.That(RetryBackoff.Next(options, 0), Is.EqualTo(TimeSpan.FromMilliseconds(5)));
    }

    private static void ThrowAt(EventBusOptions options, bool isIt)
    {
        if (isIt && options.Batch.Size == 66)
            throw new InvalidOperationException("66 is not allowed here");
    }

    private static int Size(IHost host) => host.Services.GetRequiredService<IOptionsMonitor<EventBusOptions>>().Get("orders").Batch.Size;

    private HostApplicationBuilder Builder()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton<ILoggerFactory>(new FactoryOf(_log));
        return builder;
    }

    private void Change(ThrowingProvider provider, string size)
    {
        provider.Replace(size);
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
    }

    private sealed class BadRandom(double? number) : Random
    {
        public override double NextDouble() => number ?? throw new InvalidOperationException("no number");
    }

    private sealed class RecordingLogger : ILogger
    {
        public List<string> Texts { get; } = [];

        public List<Exception> Errors { get; } = [];

        public bool Throws { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Texts.Add(formatter(state, exception));
            if (exception is not null)
                Errors.Add(exception);
            if (Throws)
                throw new IOException("no space left on device");
        }
    }

    private sealed class FactoryOf(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == "Engine.Bus" ? logger : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class ProviderSource(IConfigurationProvider provider) : IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => provider;
    }

    /// <summary>A source of settings with one size, which throws or waits when it is asked.</summary>
    private sealed class ThrowingProvider : ConfigurationProvider
    {
        public ThrowingProvider() => Data["EventBus:Batch:Size"] = "10";

        public bool IsBroken { get; set; }

        public Action? OnGet { get; set; }

        public void Replace(string size)
        {
            Data["EventBus:Batch:Size"] = size;
            OnReload();
        }

        public override bool TryGet(string key, out string? value)
        {
            OnGet?.Invoke();
            return IsBroken ? throw new InvalidOperationException("66 is not allowed here") : base.TryGet(key, out value);
        }
    }

    private sealed class SectionWithTokens(IConfigurationSection inner) : IConfigurationSection
    {
        public bool IsBroken { get; set; }

        public string Key => inner.Key;

        public string Path => inner.Path;

        public string? Value
        {
            get => inner.Value;
            set => inner.Value = value;
        }

        public string? this[string key]
        {
            get => inner[key];
            set => inner[key] = value;
        }

        public IConfigurationSection GetSection(string key) => inner.GetSection(key);

        public IEnumerable<IConfigurationSection> GetChildren() => inner.GetChildren();

        public IChangeToken GetReloadToken() => IsBroken ? throw new InvalidOperationException() : inner.GetReloadToken();
    }

    /// <summary>One file in memory, of a source that throws when it is told to.</summary>
    private sealed class MemoryFiles : IFileProvider, IFileInfo
    {
        private ConfigurationReloadToken _token = new();

        public string Text { get; set; } = "";

        public Exception? Fault { get; set; }

        public bool Exists => true;

        public bool IsDirectory => false;

        public DateTimeOffset LastModified => default;

        public long Length => Text.Length;

        public string Name => "bus.yaml";

        public string? PhysicalPath => null;

        public void Change() => Interlocked.Exchange(ref _token, new ConfigurationReloadToken()).OnReload();

        public Stream CreateReadStream() => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text));

        public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

        public IFileInfo GetFileInfo(string subpath) => Fault is null ? this : throw Fault;

        public IChangeToken Watch(string filter) => Fault is null ? _token : throw Fault;
    }
}
