using Microsoft.Extensions.Logging;

namespace Engine.Server.Stores;

/// <summary>What is logged of the store.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(40, LogLevel.Warning, "Event {Type} was not kept: {Outcome}", EventName = "NotKept")]
    public static partial void NotKept(ILogger logger, string type, string outcome, Exception error);

    [LoggerMessage(41, LogLevel.Information, "Dead letter {Kind}: {Topic} for {Subscription}: {Text}", EventName = "DeadLetter")]
    public static partial void Letter(ILogger logger, string kind, string topic, string subscription, string text);

    [LoggerMessage(42, LogLevel.Warning, "{Part} could not work and tries again", EventName = "StoreFault")]
    public static partial void Fault(ILogger logger, string part, Exception error);

    [LoggerMessage(43, LogLevel.Warning, "Alert of {Part}, cleared {IsCleared}: {Text}", EventName = "StoreAlert")]
    public static partial void Alert(ILogger logger, string part, bool isCleared, string text);
}
