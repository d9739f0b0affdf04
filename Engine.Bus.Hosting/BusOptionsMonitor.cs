using Engine.Bus.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Bus.Hosting;

/// <summary>
/// The options in force of each bus. Unlike the general monitor it follows a change only when the new options keep all rules:
/// a bad file throws nowhere and changes nothing. Thread-safe.
/// </summary>
internal sealed class BusOptionsMonitor : IOptionsMonitor<EventBusOptions>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BusConfigurationWatcher> _watchers = [];
    private readonly Dictionary<string, EventBusOptions> _fixed = [];
    private readonly List<Action<EventBusOptions, string?>> _listeners = [];
    private readonly IOptionsFactory<EventBusOptions> _factory;
    private readonly Dictionary<string, EventBusRegistration> _registrations;
    private readonly IConfigurationRoot? _root;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;

    public BusOptionsMonitor(
        IOptionsFactory<EventBusOptions> factory,
        IEnumerable<EventBusRegistration> registrations,
        IConfigurationRoot? root,
        ILogger logger,
        TimeProvider timeProvider)
    {
        _factory = factory;
        // The last registration of a name has the last word on its section, as it has on its options.
        _registrations = registrations.GroupBy(static r => r.Name).ToDictionary(static g => g.Key, static g => g.Last());
        _root = root;
        _logger = GuardedLogger.Of(logger);
        _timeProvider = timeProvider;
    }

    /// <summary>Takes new options before the listeners do. If it throws, they are refused.</summary>
    public Action<string, EventBusOptions>? Target { get; set; }

    public EventBusOptions CurrentValue => Get(Microsoft.Extensions.Options.Options.DefaultName);

    public EventBusOptions Get(string? name)
    {
        name ??= Microsoft.Extensions.Options.Options.DefaultName;
        BusConfigurationWatcher? watcher;
        lock (_lock)
        {
            if (_fixed.TryGetValue(name, out EventBusOptions? known))
                return known;
            if (_registrations.GetValueOrDefault(name)?.Section is not { } section)
                return _fixed[name] = Read(name, null);
            if (!_watchers.TryGetValue(name, out watcher))
            {
                var options = new BusConfigurationWatcherOptions { Root = _root, Logger = _logger, TimeProvider = _timeProvider };
                watcher = new BusConfigurationWatcher(section, () => Read(name, section), changed => Apply(name, changed), options);
                _watchers.Add(name, watcher);
            }
        }

        // Outside the lock: the watcher has one of its own, which it holds while it gives out changes.
        return watcher.Current;
    }

    public IDisposable OnChange(Action<EventBusOptions, string?> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_lock)
            _listeners.Add(listener);
        return new Registration(this, listener);
    }

    public void Dispose()
    {
        BusConfigurationWatcher[] watchers;
        lock (_lock)
            watchers = [.. _watchers.Values];
        foreach (BusConfigurationWatcher watcher in watchers)
            watcher.Dispose();
    }

    private EventBusOptions Read(string name, IConfiguration? section) =>
        EventBusConfiguration.Create(section, _root, () => _factory.Create(name));

    private void Apply(string name, EventBusOptions options)
    {
        Target?.Invoke(name, options);
        Action<EventBusOptions, string?>[] listeners;
        lock (_lock)
            listeners = [.. _listeners];
        foreach (Action<EventBusOptions, string?> listener in listeners)
        {
            try
            {
                listener(options, name);
            }
            catch (Exception e)
            {
                // The bus has taken the options: one listener's failure cannot take them back.
                WatcherLog.ReportFailed(_logger, e);
            }
        }
    }

    private sealed class Registration(BusOptionsMonitor owner, Action<EventBusOptions, string?> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
                owner._listeners.Remove(listener);
        }
    }
}
