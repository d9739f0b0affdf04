using Microsoft.Extensions.Logging;

namespace Engine.Tests.Support;

/// <summary>A log that keeps its lines: level, name of the event and text. Thread-safe.</summary>
internal sealed class ListLog : ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    /// <summary>Whether it throws after it has kept a line.</summary>
    public bool Throws { get; set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
            _lines.Add($"{logLevel} {eventId.Name} {formatter(state, exception)}");
        if (Throws)
            throw new IOException("The disk is full.");
    }
}
