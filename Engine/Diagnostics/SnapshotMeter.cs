using System.Diagnostics.Metrics;

namespace Engine.Diagnostics;

/// <summary>What one series of a source reads at the moment.</summary>
/// <param name="First">Value of the instrument's first tag; null if it has none.</param>
/// <param name="Second">Value of its second tag.</param>
/// <param name="Value">What is measured.</param>
internal readonly record struct SeriesReading<T>(string? First, string? Second, T Value);

/// <summary>
/// Instruments that read their sources' own counters when somebody collects, so that what is measured pays nothing. Series of equal
/// tags, of several sources or within one, are added up in counters and up-down counters; of gauges the largest value counts.
/// </summary>
/// <typeparam name="TSource">What is measured.</typeparam>
/// <param name="meter">The meter.</param>
/// <param name="nameTag">The tag that has a source's name, the first of every measurement.</param>
/// <param name="nameOf">Gives a source's name.</param>
/// <param name="sources">Gives the sources there are at the moment.</param>
internal sealed class SnapshotMeter<TSource>(
    Meter meter, string nameTag, Func<TSource, string> nameOf, Func<IEnumerable<TSource>> sources)
{
    /// <summary>The tag of <see cref="Quantiles"/>.</summary>
    public const string QuantileTag = "quantile";

    private static readonly (string Tag, double Share)[] Shares = [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99), ("0.999", 0.999)];

    /// <summary>The quantiles that gauges of durations have.</summary>
    public static IEnumerable<SeriesReading<double>> Quantiles(string first, Func<double, double> secondsAt) =>
        Shares.Select(share => new SeriesReading<double>(first, share.Tag, secondsAt(share.Share)));

    public void Counter(
        string name, string unit, string description, string[] tags, Func<TSource, IEnumerable<SeriesReading<long>>> read) =>
        meter.CreateObservableCounter(name, () => Measure(tags, read, Sum), unit, description);

    public void UpDownCounter(
        string name, string unit, string description, string[] tags, Func<TSource, IEnumerable<SeriesReading<long>>> read) =>
        meter.CreateObservableUpDownCounter(name, () => Measure(tags, read, Sum), unit, description);

    public void Gauge<T>(
        string name, string unit, string description, string[] tags, Func<TSource, IEnumerable<SeriesReading<T>>> read)
        where T : struct, IComparable<T> =>
        meter.CreateObservableGauge(name, () => Measure(tags, read, Largest), unit, description);

    private static long Sum(long left, long right) => left + right;

    private static T Largest<T>(T left, T right)
        where T : struct, IComparable<T> =>
        left.CompareTo(right) >= 0 ? left : right;

    private IEnumerable<Measurement<T>> Measure<T>(
        string[] tags, Func<TSource, IEnumerable<SeriesReading<T>>> read, Func<T, T, T> combine)
        where T : struct
    {
        var series = new Dictionary<(string Source, string? First, string? Second), T>();
        foreach (TSource source in sources())
        {
            foreach (SeriesReading<T> reading in read(source))
            {
                (string, string?, string?) key = (nameOf(source), reading.First, reading.Second);
                series[key] = series.TryGetValue(key, out T other) ? combine(other, reading.Value) : reading.Value;
            }
        }

        return series.Select(pair => new Measurement<T>(pair.Value, TagsOf(tags, pair.Key.Source, pair.Key.First, pair.Key.Second)));
    }

    private KeyValuePair<string, object?>[] TagsOf(string[] tags, string source, string? first, string? second) => tags.Length switch
    {
        0 => [new(nameTag, source)],
        1 => [new(nameTag, source), new(tags[0], first)],
        _ => [new(nameTag, source), new(tags[0], first), new(tags[1], second)],
    };
}
