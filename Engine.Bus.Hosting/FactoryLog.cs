using Engine.Bus.Monitoring;
using Microsoft.Extensions.Logging;

namespace Engine.Bus;

/// <summary>What an <see cref="EventBusFactory"/> logs.</summary>
internal static class FactoryLog
{
    private static readonly Action<ILogger, string, string, string, Guid, Exception?> HandlerFailedMessage =
        LoggerMessage.Define<string, string, string, Guid>(
        LogLevel.Error, new EventId(10, "BusHandlerFailed"), "On bus {Bus} subscription {Subscription} failed on {EventType} {EventId}.");

    private static readonly Action<ILogger, long, string, Exception?> LeftOutMessage = LoggerMessage.Define<long, string>(
        LogLevel.Error, new EventId(13, "BusHandlerFailuresLeftOut"), "{Count} more failures of handlers on bus {Bus} were not logged.");

    private static readonly Action<ILogger, BusAlert, Exception?> RaisedMessage = LoggerMessage.Define<BusAlert>(
        LogLevel.Warning, new EventId(11, "BusAlertRaised"), "Alert {Alert}");

    private static readonly Action<ILogger, BusAlert, Exception?> ClearedMessage = LoggerMessage.Define<BusAlert>(
        LogLevel.Information, new EventId(12, "BusAlertCleared"), "Alert {Alert}");

    public static void HandlerFailed(ILogger logger, string bus, in BusHandlerError error) =>
        HandlerFailedMessage(logger, bus, error.SubscriptionName, error.EventType.Name, error.EventId, error.Exception);

    public static void LeftOut(ILogger logger, string bus, long count) => LeftOutMessage(logger, count, bus, null);

    public static void Alert(ILogger logger, BusAlert alert) => (alert.IsCleared ? ClearedMessage : RaisedMessage)(logger, alert, null);
}
