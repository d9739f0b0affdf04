using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Engine.Storage.Outbox;
using Microsoft.Extensions.Logging;

namespace Engine.Storage.Hosting;

/// <summary>What is logged of an <see cref="EventDrivenArchitecture"/>.</summary>
internal static class StorageLog
{
    private static readonly Action<ILogger, string, string, string, int, string, Exception?> LetterAddedMessage =
        LoggerMessage.Define<string, string, string, int, string>(
            LogLevel.Warning, new EventId(20, "DeadLetter"),
            "Dead letter {Kind}: {Topic} for \"{Subscription}\" after {Failures} failures: {Text}");

    private static readonly Action<ILogger, string, string, string, int, string, Exception?> LetterErrorMessage =
        LoggerMessage.Define<string, string, string, int, string>(
            LogLevel.Error, new EventId(21, "DeadLetterFailed"),
            "Dead letter {Kind}: {Topic} for \"{Subscription}\" after {Failures} failures: {Text}");

    private static readonly Action<ILogger, string, long, int, OutboxStatus, Exception?> OutboxMessage =
        LoggerMessage.Define<string, long, int, OutboxStatus>(
            LogLevel.Warning, new EventId(22, "OutboxFailed"),
            "Publishing {Topic} of row {Row} of the outbox failed in attempt {Attempt}; it is {Status} now.");

    private static readonly Action<ILogger, string, Exception?> FaultMessage = LoggerMessage.Define<string>(
        LogLevel.Error, new EventId(23, "StorageFault"), "{Part} could not work and tries again.");

    private static readonly Action<ILogger, string, string, Exception?> AlertMessage = LoggerMessage.Define<string, string>(
        LogLevel.Warning, new EventId(24, "StorageAlert"), "Alert: {Part}: {Text}");

    private static readonly Action<ILogger, string, string, Exception?> ClearedMessage = LoggerMessage.Define<string, string>(
        LogLevel.Information, new EventId(25, "StorageAlertCleared"), "Alert is over: {Part}: {Text}");

    private static readonly Action<ILogger, string, Exception?> LeftMessage = LoggerMessage.Define<string>(
        LogLevel.Warning, new EventId(26, "StorageStop"), "{Part} did not end in time; its event comes again.");

    public static void Letter(ILogger logger, DeadLetterNotice notice)
    {
        bool isError = notice.Kind is DeadLetterNoticeKind.AddFailed or DeadLetterNoticeKind.Exhausted;
        (isError ? LetterErrorMessage : LetterAddedMessage)(
            logger, notice.Kind.ToString(), notice.Topic, notice.Subscription, notice.Failures, notice.Text, null);
    }

    public static void Outbox(ILogger logger, OutboxNotice notice) =>
        OutboxMessage(logger, notice.Topic, notice.Id, notice.Attempt, notice.Status, notice.Error);

    public static void Fault(ILogger logger, string part, Exception error) => FaultMessage(logger, part, error);

    public static void Alert(ILogger logger, StorageAlert alert) =>
        (alert.IsCleared ? ClearedMessage : AlertMessage)(logger, alert.Part, alert.Text, null);

    public static void Left(ILogger logger, EventDrivenStopReport report)
    {
        foreach (string part in report.Parts)
            LeftMessage(logger, part, null);
    }
}
