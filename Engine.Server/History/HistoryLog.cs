using Microsoft.Extensions.Logging;

namespace Engine.Server.History;

/// <summary>What is logged of the history. Only beneath <c>Warning</c> where events come: what is logged becomes an event.</summary>
internal static partial class HistoryLog
{
    [LoggerMessage(50, LogLevel.Error, "Events cannot be stored, and wait: {Problem}", EventName = "HistoryFault")]
    public static partial void Fault(ILogger logger, string problem);

    [LoggerMessage(51, LogLevel.Warning, "Events are stored again; {Count} have waited", EventName = "HistoryMended")]
    public static partial void Mended(ILogger logger, int count);

    [LoggerMessage(52, LogLevel.Warning, "Old events could not be trimmed: {Problem}", EventName = "HistoryNotTrimmed")]
    public static partial void NotTrimmed(ILogger logger, string problem);

    [LoggerMessage(53, LogLevel.Error, "{Count} events were not stored when the server ended", EventName = "HistoryLost")]
    public static partial void Lost(ILogger logger, int count);
}
