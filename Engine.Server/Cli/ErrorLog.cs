using Engine.Tooling;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Cli;

/// <summary>Writes warnings and errors to standard error, a line each. All that is logged goes out as events besides.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName);

    public void Dispose()
    {
    }

    private sealed class LineLogger(string category) : ILogger
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
            ToolProgram.WriteError(ServerCommandLine.Name, $"{(logLevel == LogLevel.Warning ? "warning: " : "")}{text}");
        }
    }
}
