using Engine.Bus.Options;
using Engine.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Engine.Bus.Configuration;

/// <summary>
/// Follows a configuration section and hands on each new set of options that keeps all rules. A change that breaks one,
/// a file that cannot be read, a section that is gone and whatever else throws while the section is read leave the options in
/// force as they are and are reported. Thread-safe. The target is called by one thread at a time, and never after
/// <see cref="Dispose"/> has returned, unless it still ran then.
/// </summary>
public sealed class BusConfigurationWatcher : IDisposable
{
    private const int MaxPostponements = 10;

    // How long an end waits for a target that runs: it is foreign code, and may hang.
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(10);

    // For a timer that finds somebody at it, so that without a quiet period it does not come back at once.
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(50);

    // One thread at a time reads; what it calls may take its time.
    private readonly Lock _refreshLock = new();

    // Held while the target runs.
    private readonly Lock _applyLock = new();
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
            () => EventBusConfiguration.Read(section, options?.Defaults, options?.Root),
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
        BusConfigurationWatcherOptions.Ranges.Check(_options);
        _logger = GuardedLogger.Of(_options.Logger);
        _timer = _options.TimeProvider.CreateTimer(
            static state => ((BusConfigurationWatcher)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // Before the first reading, so that no change falls between the two.
        _registration = ChangeToken.OnChange(ReloadToken, Postpone);
        try
        {
            lock (_refreshLock)
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
    public EventBusOptions Current => Volatile.Read(ref _current);

    /// <summary>Why the configuration as it is now is not in force; empty if it is.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => Volatile.Read(ref _problems);

    /// <summary>
    /// Looks at the configuration now. Blocks while the target and the reports run. Throws nothing: what the configuration, the
    /// target or a report throws is a problem.
    /// </summary>
    public void Refresh()
    {
        lock (_refreshLock)
        {
            Volatile.Write(ref _postponements, 0);
            if (Volatile.Read(ref _isDisposed))
                return;
            List<ConfigurationProblem> problems = [];
            EventBusOptions? next = ReadNext(problems);
            if (next is not null && problems.Count == 0)
                Apply(next, problems);
            Report(problems);
        }
    }

    /// <summary>
    /// Ends following. Waits for a call of the target that is running on another thread, for at most 10 seconds; for nothing else.
    /// </summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        _registration.Dispose();
        _timer.Dispose();
        if (_applyLock.TryEnter(DisposeTimeout))
            _applyLock.Exit();
    }

    private static bool Exists(IConfiguration section) =>
        section is IConfigurationSection { Value: not null } || section.GetChildren().Any();

    /// <summary>The token of the next change. Called where the last one was raised: on a thread of the configuration's.</summary>
    private IChangeToken? ReloadToken()
    {
        try
        {
            return _section.GetReloadToken();
        }
        catch (Exception e)
        {
            WatcherLog.NotFollowed(_logger, e);
            return null;
        }
    }

    private void Postpone()
    {
        try
        {
            if (Interlocked.Increment(ref _postponements) <= MaxPostponements)
                _timer.Change(_options.QuietPeriod, Timeout.InfiniteTimeSpan);
        }
        catch (Exception e)
        {
            WatcherLog.NotFollowed(_logger, e);
        }
    }

    private void OnTimer()
    {
        try
        {
            if (_refreshLock.TryEnter())
            {
                try
                {
                    Refresh();
                }
                finally
                {
                    _refreshLock.Exit();
                }
            }
            else if (!Volatile.Read(ref _isDisposed))
            {
                // Whoever is at it may have read before the change.
                _timer.Change(_options.QuietPeriod > ShortestRetry ? _options.QuietPeriod : ShortestRetry, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception e)
        {
            WatcherLog.NotFollowed(_logger, e);
        }
    }

    private EventBusOptions? ReadNext(List<ConfigurationProblem> problems)
    {
        try
        {
            problems.AddRange(FileProblems());
            if (_existed && !Exists(_section))
                problems.Add(new ConfigurationProblem(PathOfSection(), null, "is gone from the configuration"));
            return _read();
        }
        catch (InvalidBusOptionsException e)
        {
            problems.AddRange(e.Problems);
        }
        catch (OptionsValidationException e)
        {
            problems.AddRange(e.Failures.Select(failure => new ConfigurationProblem(PathOfSection(), null, failure)));
        }
        catch (Exception e)
        {
            // Providers, and what is to configure and validate the options, are foreign code.
            problems.Add(new ConfigurationProblem(PathOfSection(), null, $"cannot be read: {ForeignText.Of(e)}"));
        }

        return null;
    }

    private string PathOfSection() =>
        _section is IConfigurationSection { Path.Length: > 0 } section ? section.Path : EventBusConfiguration.SectionName;

    /// <summary>The files that are not in force, after a second try: another program may have held one locked when it changed.</summary>
    private List<ConfigurationProblem> FileProblems()
    {
        List<ConfigurationProblem> problems = [];
        IConfigurationRoot? root = _options.Root ?? _section as IConfigurationRoot;
        foreach (ISettingsFile file in root?.Providers.OfType<ISettingsFile>() ?? [])
        {
            if (file.Problem is not null)
                file.Reread();
            if (file.Problem is { } problem)
                problems.Add(problem);
            if (file.TakeFault() is { } fault)
                WatcherLog.FileFault(_logger, fault);
        }

        return problems;
    }

    private void Apply(EventBusOptions next, List<ConfigurationProblem> problems)
    {
        EventBusOptions before = _current;
        IReadOnlyList<OptionKey<EventBusOptions>> changed = BusOptionKeys.Difference(before, next);
        if (changed.Count == 0)
            return;
        try
        {
            lock (_applyLock)
            {
                // While the section was read, somebody may have ended this.
                if (Volatile.Read(ref _isDisposed))
                    return;
                _apply(next);
            }
        }
        catch (Exception e)
        {
            problems.Add(new ConfigurationProblem(
                EventBusConfiguration.SectionName, null, $"the change was refused: {ForeignText.MessageOf(e)}"));
            return;
        }

        Volatile.Write(ref _current, next);
        foreach (OptionKey<EventBusOptions> key in changed)
            WatcherLog.Changed(_logger, key, key.Format(before), key.Format(next));
    }

    private void Report(List<ConfigurationProblem> problems)
    {
        bool isKnown = problems.SequenceEqual(_problems);
        Volatile.Write(ref _problems, problems);
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
