using System.Globalization;

namespace Engine.Bus;

/// <summary>How the counters of a bus print themselves: numbers the same in every culture, thousands marked.</summary>
internal static class BusText
{
    public static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
