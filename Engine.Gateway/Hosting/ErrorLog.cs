using Engine.Tooling;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Hosting;

/// <summary>Writes warnings and errors to standard error, a line each. All that is logged goes out as events besides.</summary>
/// <param name="program">What the lines begin with.</param>
internal sealed class ErrorLog(string program) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(program, categoryName);

    public void Dispose()
    {
    }

    private sealed class LineLogger(string program, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // Of listening elsewhere the program tells itself.
        public bool IsEnabled(LogLevel logLevel) =>
            logLevel >= LogLevel.Warning && logLevel != LogLevel.None
            && !(category == "Microsoft.Extensions.Hosting.Internal.Host" || category == "Microsoft.AspNetCore.Server.Kestrel");

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            string text = formatter(state, exception) + (exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})");
            ToolProgram.WriteError(program, $"{(logLevel == LogLevel.Warning ? "warning: " : "")}{text}");
        }
    }
}
