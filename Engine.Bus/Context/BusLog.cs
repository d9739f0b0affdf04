using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Engine.Bus;

/// <summary>What a bus says to its user. Logs are foreign code: what they throw is dropped. Thread-safe.</summary>
internal sealed class BusLog(ILogger? logger, string bus)
{
    private static readonly Action<ILogger, string, string, string, Exception?> NotStartedMessage =
        LoggerMessage.Define<string, string, string>(
            LogLevel.Warning,
            new EventId(14, "BusNotStarted"),
            "Bus {Bus} has queued its first event, {EventType} for {Subscription}, and has not been started: "
            + "what is queued waits for Start().");

    private bool _hasSaidNotStarted;

    /// <summary>An event was queued before the start. Says so the first time.</summary>
    public void NotStarted(string eventType, object subscription)
    {
        if (Volatile.Read(ref _hasSaidNotStarted) || Interlocked.Exchange(ref _hasSaidNotStarted, true))
            return;
        try
        {
            if (logger is not null)
            {
                NotStartedMessage(logger, bus, eventType, $"{subscription}", null);
            }
            else
            {
                Trace.TraceWarning(
                    $"Bus {bus} has queued its first event, {eventType} for {subscription}, and has not been started: what is queued "
                    + "waits for Start().");
            }
        }
        catch (Exception)
        {
            // The event is queued all the same.
        }
    }
}
