using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Engine.Bus.Configuration;

/// <summary>
/// A logger that throws nothing: what is logged here comes from timers and from the threads of handlers, where a logger's own failure
/// would end the process or take the place of what it was to report. It is dropped: there is nobody left to tell.
/// </summary>
internal sealed class GuardedLogger : ILogger
{
    private readonly ILogger _inner;

    private GuardedLogger(ILogger inner) => _inner = inner;

    public static ILogger Of(ILogger? logger) => logger switch
    {
        null => NullLogger.Instance,
        NullLogger or GuardedLogger => logger,
        _ => new GuardedLogger(logger),
    };

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull =>
        Guard(() => _inner.BeginScope(state));

    public bool IsEnabled(LogLevel logLevel) => Guard(() => _inner.IsEnabled(logLevel));

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Guard(() =>
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
            return true;
        });

    private static T? Guard<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception)
        {
            return default;
        }
    }
}
