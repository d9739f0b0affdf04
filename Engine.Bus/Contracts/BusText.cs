using System.Globalization;

namespace Engine.Bus;

/// <summary>How a bus prints its counters, numbers the same in every culture and thousands marked, and what its errors quote.</summary>
internal static class BusText
{
    private const int MaxQuoted = 200;

    public static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A text as errors quote it: whole if it is short, else its beginning and its length.</summary>
    public static string Short(string text) =>
        text.Length <= MaxQuoted ? text : Of($"{text[..MaxQuoted]}... ({text.Length:N0} characters)");
}
