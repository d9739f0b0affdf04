using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Makes system log events of what is logged: the resource is the category. Lines about streams are left out, which would beget
/// each other. Never throws; does not wait.
/// </summary>
public sealed class LogFeed : ILoggerProvider
{
    private const string OwnCategory = "Engine.Gateway.Web";
    private const int MaxValues = 32;

    private readonly EventGateway _gateway;
    private readonly LogFeedOptions _options;
    private readonly Lock _lock = new();
    private double _allowance;
    private long _refilledAt;
    private long _leftOut;
    private long _pendingLeftOut;

    /// <summary>Makes a feed.</summary>
    /// <param name="gateway">Where the events go.</param>
    /// <param name="options">Which lines count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of its range.</exception>
    public LogFeed(EventGateway gateway, LogFeedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        _gateway = gateway;
        _options = options ?? new LogFeedOptions();
        LogFeedOptions.Ranges.Check(_options);
        _allowance = _options.MaxPerSecond;
        _refilledAt = gateway.TimeProvider.GetTimestamp();
    }

    /// <summary>Lines that were too many.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new FeedLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private bool IsWanted(string category, LogLevel level) =>
        level >= _options.MinLevel && level != LogLevel.None && !category.StartsWith(OwnCategory, StringComparison.Ordinal)
        && (_options.Categories.Count == 0
            || _options.Categories.Any(prefix => category.StartsWith(prefix, StringComparison.Ordinal)));

    private bool MayPublish(out long leftOutBefore)
    {
        lock (_lock)
        {
            long now = _gateway.TimeProvider.GetTimestamp();
            double earned = _gateway.TimeProvider.GetElapsedTime(_refilledAt, now).TotalSeconds * _options.MaxPerSecond;
            _allowance = Math.Min(_options.MaxPerSecond, _allowance + earned);
            _refilledAt = now;
            leftOutBefore = 0;
            if (_allowance < 1)
            {
                _leftOut++;
                _pendingLeftOut++;
                return false;
            }

            _allowance--;
            (leftOutBefore, _pendingLeftOut) = (_pendingLeftOut, 0);
            return true;
        }
    }

    private void Publish(string category, LogLevel level, EventId id, object? state, string message)
    {
        if (!MayPublish(out long leftOutBefore))
            return;
        Dictionary<string, JsonElement>? values = ValuesOf(state, ref message);
        if (leftOutBefore > 0)
            message += string.Create(CultureInfo.InvariantCulture, $" ({leftOutBefore} lines before this one were left out)");
        string component = category[(category.LastIndexOf('.') + 1)..];
        _gateway.Publish(
            new SystemLog(
                LevelOf(level), component.Length == 0 ? "log" : component, message, Environment.MachineName,
                Activity.Current?.TraceId.ToHexString(), new LogContext(null, id.Name, values)),
            category.Length is > 0 and <= EventGateway.MaxResourceIdLength ? category : "log");
    }

    private Dictionary<string, JsonElement>? ValuesOf(object? state, ref string message)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> pairs)
            return null;
        Dictionary<string, JsonElement>? values = null;
        foreach ((string name, object? value) in pairs.Take(MaxValues))
        {
            if (name == "{OriginalFormat}")
                continue;
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            string shown = Redacted(name, text);
            if (shown != text && text.Length > 0)
                message = message.Replace(text, shown, StringComparison.Ordinal);
            (values ??= [])[name] = JsonSerializer.SerializeToElement(shown, GatewayJsonContext.Of<string>());
        }

        return values;
    }

    private string Redacted(string name, string text)
    {
        try
        {
            return _options.Redact(name, text) ?? "***";
        }
        catch (Exception)
        {
            return "***";
        }
    }

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private sealed class FeedLogger(LogFeed feed, string category) : ILogger
    {
        [ThreadStatic]
        private static bool t_isInside;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => feed.IsWanted(category, logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // What publishing logs must not be published.
            if (t_isInside || !IsEnabled(logLevel))
                return;
            t_isInside = true;
            try
            {
                string message = formatter(state, exception);
                feed.Publish(
                    category, logLevel, eventId, state,
                    exception is null ? message : $"{message} ({exception.GetType().Name}: {exception.Message})");
            }
            catch (Exception)
            {
                // Foreign code; a line that cannot be made is none.
            }
            finally
            {
                t_isInside = false;
            }
        }
    }
}
