using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>Core-to-core round trips in words.</summary>
internal static class RoundTripText
{
    /// <summary>Median, smallest and largest round trip; null where none was measured.</summary>
    public static string? Of(IReadOnlyList<double> nanoseconds) => nanoseconds.Count == 0 ? null : FormattableString.Invariant(
        $"core-to-core round trip {nanoseconds.Min():F0} to {nanoseconds.Max():F0} ns, median {Statistics.Median(nanoseconds):F0} ns");
}
