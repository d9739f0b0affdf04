using Microsoft.Extensions.Logging;

namespace Engine.Server.Machines;

/// <summary>What is logged of machines.</summary>
internal static partial class MachineLog
{
    [LoggerMessage(30, LogLevel.Information, "Machine {Machine} started {Guest}", EventName = "MachineStarted")]
    public static partial void Started(ILogger logger, string machine, string guest);

    [LoggerMessage(
        31, LogLevel.Information, "Machine {Machine} ended ({Reason}) with exit code {ExitCode} after {Instructions} instructions",
        EventName = "MachineEnded")]
    public static partial void Ended(ILogger logger, string machine, string reason, int exitCode, ulong instructions);

    [LoggerMessage(32, LogLevel.Error, "Machine {Machine} failed", EventName = "MachineFailed")]
    public static partial void Failed(ILogger logger, string machine, Exception error);
}
