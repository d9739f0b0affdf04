using System.Globalization;
using Engine.Primitives;

namespace Engine.Gateway.Streams;

/// <summary>The ranges of a gateway's options.</summary>
internal static class GatewayOptionsRules
{
    private const long Gigabyte = 1L << 30;

    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly OptionRange<int> Many = OptionRange.Of(1, 1_000_000);
    private static readonly OptionRange<long> Rate = OptionRange.OrUnlimited(OptionRange.Bytes(1024, 10 * Gigabyte), 0, "0 for no limit");

    public static OptionTable<GatewayOptions> Ranges { get; } = new OptionTable<GatewayOptions>("a gateway")
        .With(nameof(GatewayOptions.Heartbeat), OptionRange.Of(TimeSpan.FromSeconds(1), FiveMinutes), static o => o.Heartbeat)
        .With(nameof(GatewayOptions.Retry), OptionRange.Of(TimeSpan.Zero, FiveMinutes), static o => o.Retry)
        .With(nameof(GatewayOptions.WriteTimeout), OptionRange.Of(TimeSpan.FromMilliseconds(10), FiveMinutes), static o => o.WriteTimeout)
        .With(nameof(GatewayOptions.MaxConnections), Many, static o => o.MaxConnections)
        .With(nameof(GatewayOptions.MaxPerClient), Many, static o => o.MaxPerClient)
        .With(nameof(GatewayOptions.MaxPerUser), Many, static o => o.MaxPerUser)
        .With(nameof(GatewayOptions.BufferEvents), Many, static o => o.BufferEvents)
        .With(nameof(GatewayOptions.BufferBytes), OptionRange.Bytes(1, Gigabyte), static o => o.BufferBytes)
        .With(nameof(GatewayOptions.TotalBytes), OptionRange.Bytes(1, 64 * Gigabyte), static o => o.TotalBytes)
        .With(nameof(GatewayOptions.HistoryEvents), OptionRange.Of(1, 10_000_000), static o => o.HistoryEvents)
        .With(nameof(GatewayOptions.BatchEvents), OptionRange.Of(1, 10_000), static o => o.BatchEvents)
        .With(nameof(GatewayOptions.BatchDelay), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromSeconds(10)), static o => o.BatchDelay)
        .With(nameof(GatewayOptions.HistoryDefault), OptionRange.Of(1, 10_000), static o => o.HistoryDefault)
        .With(nameof(GatewayOptions.HistoryMax), OptionRange.Of(1, 10_000), static o => o.HistoryMax)
        .With(nameof(GatewayOptions.MaxEventBytes), OptionRange.Bytes(256, 16 << 20), static o => o.MaxEventBytes)
        .With(nameof(GatewayOptions.MaxCompressed), OptionRange.Of(0, 1_000_000), static o => o.MaxCompressed)
        .With(nameof(GatewayOptions.CompressionThreshold), OptionRange.Bytes(0, 1 << 30), static o => o.CompressionThreshold)
        .With(nameof(GatewayOptions.BytesPerSecond), Rate, static o => o.BytesPerSecond)
        .With(nameof(GatewayOptions.TotalBytesPerSecond), Rate, static o => o.TotalBytesPerSecond)
        .With(nameof(GatewayOptions.StopTimeout), OptionRange.Of(TimeSpan.Zero, FiveMinutes), static o => o.StopTimeout)
        .With(nameof(GatewayOptions.LatencyLimit), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            static o => o.LatencyLimit);

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

        foreach (OptionRow<GatewayOptions> row in Ranges.Broken(options))
            yield return Problem(row, options);
    }

    /// <summary>What an error says of an option that is out of its range, with times as settings have them.</summary>
    public static string Problem<TOptions>(OptionRow<TOptions> row, TOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Name} must be from {Text(row.Ends[0])} to {Text(row.Ends[1])}{Other(row)}; it is {Text(row.ValueOf(options)!)}.");

    private static string Other(OptionRow row) => row.Ends.Count > 2 ? $", or {Text(row.Ends[2])}" : "";

    private static string Text(object value) => value switch
    {
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
