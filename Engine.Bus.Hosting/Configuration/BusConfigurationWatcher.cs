using Engine.Bus.Configuration.Files;
using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;

namespace Engine.Bus.Configuration;

/// <summary>
/// Follows a configuration section and hands on each new set of options that keeps all rules. A change that breaks one,
/// a file that cannot be read and a section that is gone leave the options in force as they are and are reported.
/// Thread-safe. The target is called by one thread at a time, and never after <see cref="Dispose"/> has returned.
/// </summary>
public sealed class BusConfigurationWatcher : IDisposable
{
    private const int MaxPostponements = 10;

    private readonly Lock _lock = new();
    private readonly IConfiguration _section;
    private readonly Func<EventBusOptions> _read;
    private readonly Action<EventBusOptions> _apply;
    private readonly BusConfigurationWatcherOptions _options;
    private readonly ILogger _logger;
    private readonly IDisposable _registration;
    private readonly ITimer _timer;
    private readonly bool _existed;
    private IReadOnlyList<ConfigurationProblem> _problems = [];
    private EventBusOptions _current;
    private int _postponements;
    private bool _isDisposed;

    /// <summary>
    /// Reads the options that are in force at first and begins to follow changes. The target is not called for the first ones.
    /// </summary>
    /// <param name="section">The section, such as <c>configuration.GetSection("EventBus")</c>.</param>
    /// <param name="apply">Takes new options. If it throws, the change counts as refused.</param>
    /// <param name="options">How changes are followed.</param>
    /// <exception cref="InvalidBusOptionsException">The section breaks rules as it is.</exception>
    public BusConfigurationWatcher(IConfiguration section, Action<EventBusOptions> apply, BusConfigurationWatcherOptions? options = null)
        : this(
            section,
            () => EventBusConfiguration.Read(section, options?.Defaults),
            apply,
            options ?? new BusConfigurationWatcherOptions())
    {
    }

    /// <summary>Follows a section from which options are made in a way of the caller's own.</summary>
    internal BusConfigurationWatcher(
        IConfiguration section, Func<EventBusOptions> read, Action<EventBusOptions> apply, BusConfigurationWatcherOptions options)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(apply);
        _section = section;
        _read = read;
        _apply = apply;
        _options = options;
        ArgumentOutOfRangeException.ThrowIfLessThan(
            _options.QuietPeriod, TimeSpan.Zero, nameof(BusConfigurationWatcherOptions.QuietPeriod));
        _logger = _options.Logger ?? NullLogger.Instance;
        _timer = _options.TimeProvider.CreateTimer(
            static state => ((BusConfigurationWatcher)state!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // Before the first reading, so that no change falls between the two.
        _registration = ChangeToken.OnChange(section.GetReloadToken, Postpone);
        try
        {
            lock (_lock)
            {
                _current = read();
                _existed = Exists(section);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The options in force. Not to be changed.</summary>
    public EventBusOptions Current
    {
        get
        {
            lock (_lock)
                return _current;
        }
    }

    /// <summary>Why the configuration as it is now is not in force; empty if it is.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems
    {
        get
        {
            lock (_lock)
                return _problems;
        }
    }

    /// <summary>Looks at the configuration now. Blocks while the target and the reports run.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            _postponements = 0;
            if (_isDisposed)
                return;
            EventBusOptions? next = ReadNext(out List<ConfigurationProblem> problems);
            if (next is not null && problems.Count == 0)
                Apply(next, problems);
            Report(problems);
        }
    }

    /// <summary>Ends following. Waits for a call of the target that is running on another thread.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
        lock (_lock)
            _isDisposed = true;
    }

    private static bool Exists(IConfiguration section) =>
        section is IConfigurationSection { Value: not null } || section.GetChildren().Any();

    private void Postpone()
    {
        if (Interlocked.Increment(ref _postponements) <= MaxPostponements)
            _timer.Change(_options.QuietPeriod, Timeout.InfiniteTimeSpan);
    }

    private EventBusOptions? ReadNext(out List<ConfigurationProblem> problems)
    {
        problems = [.. FileProblems()];
        if (_existed && !Exists(_section))
        {
            string path = _section is IConfigurationSection section ? section.Path : EventBusConfiguration.SectionName;
            problems.Add(new ConfigurationProblem(path, null, "is gone from the configuration"));
        }

        try
        {
            return _read();
        }
        catch (InvalidBusOptionsException e)
        {
            problems.AddRange(e.Problems);
            return null;
        }
    }

    /// <summary>The files that are not in force, after a second try: another program may have held one locked when it changed.</summary>
    private IEnumerable<ConfigurationProblem> FileProblems()
    {
        IConfigurationRoot? root = _options.Root ?? _section as IConfigurationRoot;
        foreach (ISettingsFile file in root?.Providers.OfType<ISettingsFile>() ?? [])
        {
            if (file.Problem is not null)
                file.Reread();
            if (file.Problem is { } problem)
                yield return problem;
        }
    }

    private void Apply(EventBusOptions next, List<ConfigurationProblem> problems)
    {
        IReadOnlyList<OptionKey> changed = BusOptionKeys.Difference(_current, next);
        if (changed.Count == 0)
            return;
        try
        {
            _apply(next);
        }
        catch (Exception e)
        {
            problems.Add(new ConfigurationProblem(EventBusConfiguration.SectionName, null, $"the change was refused: {e.Message}"));
            return;
        }

        foreach (OptionKey key in changed)
            WatcherLog.Changed(_logger, key, key.Format(_current), key.Format(next));
        _current = next;
    }

    private void Report(List<ConfigurationProblem> problems)
    {
        bool isKnown = problems.SequenceEqual(_problems);
        _problems = problems;
        if (problems.Count == 0 || isKnown)
            return;
        WatcherLog.Refused(_logger, problems);
        try
        {
            _options.OnProblem?.Invoke(problems);
        }
        catch (Exception e)
        {
            WatcherLog.ReportFailed(_logger, e);
        }
    }
}
