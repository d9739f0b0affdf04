using System.Diagnostics.Metrics;
using Engine.Bus.Configuration;
using Engine.Bus.Monitoring;
using Engine.Bus.Options;
using Engine.Primitives;
using Microsoft.Extensions.Logging;

namespace Engine.Bus;

/// <inheritdoc cref="IEventBusFactory"/>
internal sealed class EventBusFactory : IEventBusFactory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Func<string, EventBusOptions> _optionsOf;
    private readonly ILogger _logger;
    private readonly ILogger? _busLogger;
    private readonly BusMeter _meter;
    private bool _isStarted;
    private bool _isStopped;

    /// <summary>Makes a factory without buses.</summary>
    /// <param name="optionsOf">Gives the options of a name; by default those that options have when they are made.</param>
    /// <param name="logger">Gets the errors of handlers and the alerts.</param>
    /// <param name="meterFactory">Owns the meter; by default the process has one.</param>
    public EventBusFactory(Func<string, EventBusOptions>? optionsOf = null, ILogger? logger = null, IMeterFactory? meterFactory = null)
    {
        _optionsOf = optionsOf ?? (static _ => new EventBusOptions());
        _logger = GuardedLogger.Of(logger);
        _busLogger = logger is null ? null : _logger;
        _meter = BusMeter.For(meterFactory);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
                return [.. _entries.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public EventBus Get(string name) => EntryOf(name).Bus;

    /// <inheritdoc/>
    public PerformanceMonitor GetMonitor(string name) => EntryOf(name).Monitor;

    /// <inheritdoc/>
    public EventBus Create(string name, EventBusOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(options);
        lock (_lock)
        {
            if (_entries.ContainsKey(name))
                throw new InvalidOperationException($"There is a bus named \"{name}\" already.");
            return Add(name, options).Bus;
        }
    }

    /// <inheritdoc/>
    public void Update(string name, EventBusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Entry? entry;
        lock (_lock)
            entry = _entries.GetValueOrDefault(name);
        if (entry is null)
            return;
        // The bus checks all options, those of the monitor too, before it takes any.
        entry.Bus.UpdateOptions(options);
        entry.Monitor.Update(options.Metrics);
    }

    /// <inheritdoc/>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            _isStarted = true;
            foreach (Entry entry in _entries.Values)
                entry.Start();
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, BusStopReport>> StopAsync(CancellationToken cancellationToken = default)
    {
        Entry[] entries;
        lock (_lock)
        {
            _isStopped = true;
            entries = [.. _entries.Values];
        }

        BusStopReport[] reports = await Task.WhenAll(
            entries.Select(entry => entry.Bus.StopAsync(cancellationToken: cancellationToken))).ConfigureAwait(false);
        foreach (Entry entry in entries)
        {
            entry.Monitor.Dispose();
            _meter.Remove(entry.Bus);
        }

        return entries.Zip(reports).ToDictionary(static pair => pair.First.Bus.Name, static pair => pair.Second);
    }

    /// <summary>Stops all buses, and waits for each as long as its <see cref="EventBusOptions.DisposeTimeout"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        Task stop = StopAsync();
        Entry[] entries;
        lock (_lock)
            entries = [.. _entries.Values];
        // They are stopping already; this ends the wait.
        await Task.WhenAll(entries.Select(static entry => entry.Bus.DisposeAsync().AsTask())).ConfigureAwait(false);
        await stop.ConfigureAwait(false);
    }

    private Entry EntryOf(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        lock (_lock)
        {
            if (_entries.TryGetValue(name, out Entry? known))
                return known;
        }

        // Outside the lock, because options may come from anywhere.
        EventBusOptions options = _optionsOf(name);
        Entry entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(name, out Entry? known))
                return known;
            entry = Add(name, options);
        }

        // A change that came before the bus was listed went past it.
        EventBusOptions now = _optionsOf(name);
        if (BusOptionKeys.Difference(options, now).Count > 0)
            Update(name, now);
        return entry;
    }

    private Entry Add(string name, EventBusOptions options)
    {
        ObjectDisposedException.ThrowIf(_isStopped, this);
        options.Validate();
        EventBusOptions own = options.Copy();
        var errors = new RecentErrors(own.Metrics.RecentErrorCount, own.TimeProvider);
        var log = new HandlerErrorLog(_logger, name, own.TimeProvider);
        own.Logger ??= _busLogger;
        own.OnHandlerError = error =>
        {
            errors.Add(error);
            log.Write(error);
            options.OnHandlerError?.Invoke(error);
        };
        var bus = new EventBus(name, own);
        var monitor = new PerformanceMonitor(
            bus, own.Metrics, alert => FactoryLog.Alert(_logger, alert), errors, own.TimeProvider);
        var entry = new Entry(bus, monitor, own.Metrics.IsEnabled);
        _entries.Add(name, entry);
        _meter.Add(bus);
        if (_isStarted)
            entry.Start();
        return entry;
    }

    private sealed record Entry(EventBus Bus, PerformanceMonitor Monitor, bool IsMonitored)
    {
        public void Start()
        {
            // A bus that its owner has started or stopped by hand is left as it is.
            if (Bus.State == LifecycleState.Created)
                Bus.Start();
            if (IsMonitored)
                Monitor.Start();
        }
    }
}
