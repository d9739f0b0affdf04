using System.Globalization;

namespace Engine.Gateway.Streams;

/// <summary>The ranges of a gateway's options.</summary>
internal static class GatewayOptionsRules
{
    private const long Gigabyte = 1L << 30;

    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    public static IEnumerable<string> FindProblems(GatewayOptions options)
    {
        if (options.Path is null || !options.Path.StartsWith('/') || options.Path.Length < 2 || options.Path.EndsWith('/')
            || options.Path.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('/' or '-' or '_' or '.')))
        {
            yield return $"Path must begin with '/' and have letters, digits, '/', '-', '_' and '.' only; it is \"{options.Path}\".";
        }

        if (!Enum.IsDefined(options.SlowClient))
            yield return $"SlowClient must be Disconnect or DropOldest; it is {options.SlowClient}.";
        if (options.HistoryDefault > options.HistoryMax && options.HistoryMax >= 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"HistoryDefault must be at most HistoryMax, which is {options.HistoryMax:N0}; it is {options.HistoryDefault:N0}.");
        }

        IEnumerable<string?> outOfRange =
        [
            Time(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromSeconds(1), FiveMinutes),
            Time(nameof(options.Retry), options.Retry, TimeSpan.Zero, FiveMinutes),
            Time(nameof(options.WriteTimeout), options.WriteTimeout, TimeSpan.FromMilliseconds(10), FiveMinutes),
            Time(nameof(options.BatchDelay), options.BatchDelay, TimeSpan.Zero, TimeSpan.FromSeconds(10)),
            Time(nameof(options.StopTimeout), options.StopTimeout, TimeSpan.Zero, FiveMinutes),
            Time(nameof(options.LatencyLimit), options.LatencyLimit, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            Number(nameof(options.MaxConnections), options.MaxConnections, 1, 1_000_000),
            Number(nameof(options.MaxPerClient), options.MaxPerClient, 1, 1_000_000),
            Number(nameof(options.MaxPerUser), options.MaxPerUser, 1, 1_000_000),
            Number(nameof(options.BufferEvents), options.BufferEvents, 1, 1_000_000),
            Number(nameof(options.BufferBytes), options.BufferBytes, 1, Gigabyte),
            Number(nameof(options.TotalBytes), options.TotalBytes, 1, 64 * Gigabyte),
            Number(nameof(options.HistoryEvents), options.HistoryEvents, 1, 10_000_000),
            Number(nameof(options.BatchEvents), options.BatchEvents, 1, 10_000),
            Number(nameof(options.HistoryMax), options.HistoryMax, 1, 10_000),
            Number(nameof(options.HistoryDefault), options.HistoryDefault, 1, 10_000),
            Number(nameof(options.MaxEventBytes), options.MaxEventBytes, 256, 16 << 20),
            Number(nameof(options.MaxCompressed), options.MaxCompressed, 0, 1_000_000),
            Number(nameof(options.CompressionThreshold), options.CompressionThreshold, 0, Gigabyte),
            Rate(nameof(options.BytesPerSecond), options.BytesPerSecond),
            Rate(nameof(options.TotalBytesPerSecond), options.TotalBytesPerSecond),
        ];
        foreach (string? problem in outOfRange)
        {
            if (problem is not null)
                yield return problem;
        }
    }

    private static string? Rate(string name, long value) => value == 0 ? null : Number(name, value, 1024, 10 * Gigabyte);

    private static string? Number(string name, long value, long min, long max) => value >= min && value <= max
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{name} must be from {min:N0} to {max:N0}; it is {value:N0}.");

    private static string? Time(string name, TimeSpan value, TimeSpan min, TimeSpan max) => value >= min && value <= max
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{name} must be from {min:c} to {max:c}; it is {value:c}.");
}
