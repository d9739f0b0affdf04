using System.Numerics;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>
/// What a handler of VM events says to people. Logs are foreign code: what they throw is dropped, and no count is lost for it.
/// Thread-safe.
/// </summary>
internal sealed class VmEventLog(ILogger? logger, string handler, string? vmId)
{
    private static readonly Action<ILogger, string, string, string, Exception?> InformationMessage =
        LoggerMessage.Define<string, string, string>(
            LogLevel.Information, new EventId(20, "VmEvents"), "{Handler}, machine {Vm}: {What}.");

    private static readonly Action<ILogger, string, string, string, Exception?> WarningMessage =
        LoggerMessage.Define<string, string, string>(
            LogLevel.Warning, new EventId(21, "VmEventsWarning"), "{Handler}, machine {Vm}: {What}.");

    /// <summary>Whether somebody reads it, so that texts are made only then.</summary>
    public bool IsOn => logger is not null;

    /// <summary>
    /// Whether a count is worth a line: the first, the second, the fourth and so on, so that a flood of events is no flood of lines.
    /// </summary>
    public bool IsWorthALine(long before, long after) =>
        logger is not null && after > before && (before == 0 || BitOperations.Log2((ulong)after) > BitOperations.Log2((ulong)before));

    public void Information(string what) => Write(InformationMessage, what);

    public void Warning(string what) => Write(WarningMessage, what);

    private void Write(Action<ILogger, string, string, string, Exception?> message, string what)
    {
        if (logger is null)
            return;
        try
        {
            message(logger, handler, vmId ?? "(any)", what, null);
        }
        catch (Exception)
        {
            // The statistics are what counts.
        }
    }
}
