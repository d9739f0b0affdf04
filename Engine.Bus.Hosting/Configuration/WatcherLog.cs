using Engine.Bus.Options;
using Microsoft.Extensions.Logging;

namespace Engine.Bus.Configuration;

/// <summary>What a <see cref="BusConfigurationWatcher"/> logs.</summary>
internal static class WatcherLog
{
    private static readonly Action<ILogger, string, string, string, Exception?> ChangedMessage =
        LoggerMessage.Define<string, string, string>(
        LogLevel.Information, new EventId(1, "BusOptionChanged"), "Bus option {Key} changed from {Before} to {After}.");

    private static readonly Action<ILogger, string, string, string, Exception?> LateMessage = LoggerMessage.Define<string, string, string>(
        LogLevel.Warning, new EventId(2, "BusOptionChangedLate"),
        "Bus option {Key} changed from {Before} to {After}, which takes effect when the bus is made anew.");

    private static readonly Action<ILogger, string, Exception?> RefusedMessage = LoggerMessage.Define<string>(
        LogLevel.Error,
        new EventId(3, "BusOptionsRefused"),
        "A change of the bus's configuration was refused; the options in force stay. {Problems}");

    private static readonly Action<ILogger, Exception?> ReportFailedMessage = LoggerMessage.Define(
        LogLevel.Error, new EventId(4, "BusProblemReportFailed"), "The callback for problems of the bus's configuration threw.");

    private static readonly Action<ILogger, Exception?> NotFollowedMessage = LoggerMessage.Define(
        LogLevel.Error, new EventId(5, "BusConfigurationNotFollowed"), "A change of the bus's configuration could not be followed.");

    private static readonly Action<ILogger, Exception?> FileFaultMessage = LoggerMessage.Define(
        LogLevel.Error,
        new EventId(6, "SettingsFileFault"),
        "A settings file changed, and somebody who listens to its changes threw, or it cannot be watched any more.");

    public static void Changed(ILogger logger, OptionKey<EventBusOptions> key, string before, string after) =>
        (key.Change == OptionChange.Restart ? LateMessage : ChangedMessage)(logger, key.Path, before, after, null);

    public static void Refused(ILogger logger, IEnumerable<ConfigurationProblem> problems) =>
        RefusedMessage(logger, string.Join("; ", problems), null);

    public static void ReportFailed(ILogger logger, Exception exception) => ReportFailedMessage(logger, exception);

    public static void NotFollowed(ILogger logger, Exception exception) => NotFollowedMessage(logger, exception);

    public static void FileFault(ILogger logger, Exception exception) => FileFaultMessage(logger, exception);
}
