using System.Net;
using Engine.Gateway.Streams;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Web;

/// <summary>What the server logs. Never an address's query, which may hold a key.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(20, LogLevel.Information, "Stream {Stream} opened for {Address} ({User}): {Filter}", EventName = "StreamOpened")]
    public static partial void Opened(ILogger logger, long stream, IPAddress? address, string? user, string filter);

    [LoggerMessage(21, LogLevel.Information, "Stream {Stream} ended: {End}", EventName = "StreamEnded")]
    public static partial void Closed(ILogger logger, long stream, StreamEnd end);

    [LoggerMessage(22, LogLevel.Error, "Stream {Stream} failed", EventName = "StreamFailed")]
    public static partial void Failed(ILogger logger, long stream, Exception error);

    [LoggerMessage(23, LogLevel.Warning, "Event {Type} of {Resource} was not published ({Outcome}): {Problem}", EventName = "EventSkipped")]
    public static partial void Skipped(ILogger logger, Type type, string? resource, GatewayPublishOutcome outcome, string? problem);
}
