using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// Draws the events of harts in one order: a row for each hart, a mark for each event at its virtual time, and a line from each to the
/// next.
/// </summary>
internal static class OrderSvg
{
    private const int Top = 74;
    private const int RowHeight = 44;
    private static readonly string[] Colours = ["#2f6fb7", "#c0262c", "#1b7f4d", "#b8860b"];

    /// <summary>The picture as text.</summary>
    /// <param name="guest">What ran.</param>
    /// <param name="harts">Number of harts.</param>
    /// <param name="types">Names of the event types, each with a colour.</param>
    /// <param name="marks">The first events, in their order.</param>
    /// <param name="count">Number of all events.</param>
    public static string Text(string guest, int harts, IReadOnlyList<string> types, IReadOnlyList<OrderMark> marks, long count)
    {
        long first = marks.Count == 0 ? 0 : marks[0].Time;
        long last = marks.Count == 0 ? 0 : marks[^1].Time;
        ulong length = Math.Max(1, (ulong)(last - first));
        int bottom = Top + (harts * RowHeight);
        StringBuilder svg = TimelineSvg.Begin(bottom + 44);
        string left = count > marks.Count ? Invariant($", the first {marks.Count:N0} of {count:N0}") : string.Empty;
        TimelineSvg.Label(svg, 12, 22, $"{guest}: events of {harts} harts in one order{left}", 15);
        for (int type = 0; type < types.Count; type++)
        {
            int x = TimelineSvg.Left + (type * 220);
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{x + 6}" cy="46" r="4" fill="{Colours[type]}"/>""");
            TimelineSvg.Label(svg, x + 18, 50, types[type]);
        }

        for (int hart = 0; hart < harts; hart++)
        {
            TimelineSvg.Label(svg, 12, Y(hart) + 4, $"hart {hart}");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<path d="M{TimelineSvg.Left} {Y(hart)}h{TimelineSvg.Width}" stroke="#d5dbe1"/>""");
        }

        if (marks.Count > 0)
        {
            IEnumerable<string> points = marks.Select(mark => Invariant($"{X(mark, first, length):F1},{Y(mark.Hart)}"));
            svg.AppendLine($"""<polyline points="{string.Join(' ', points)}" fill="none" stroke="#8a949e" stroke-width="0.8"/>""");
        }

        for (int index = 0; index < marks.Count; index++)
            Mark(svg, marks[index], index, X(marks[index], first, length), Colours[types.ToList().IndexOf(marks[index].EventType)]);
        TimelineSvg.Axis(
            svg, bottom, (ulong)first, length, "virtual time: instructions retired, and those that could have been while the hart waited");
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    private static void Mark(StringBuilder svg, OrderMark mark, int index, double x, string colour)
    {
        string text = Invariant($"{index + 1}: {mark.EventType} at {mark.Time:N0}");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<circle cx="{x:F1}" cy="{Y(mark.Hart)}" r="3.2" fill="{colour}"><title>{text}</title></circle>""");
    }

    private static int Y(int hart) => Top + (hart * RowHeight) + (RowHeight / 2);

    private static double X(OrderMark mark, long first, ulong length) => TimelineSvg.X((ulong)(mark.Time - first), length);
}

/// <summary>An event in the order.</summary>
/// <param name="Time">Its virtual time.</param>
/// <param name="Hart">Its hart.</param>
/// <param name="EventType">The name of its type.</param>
internal readonly record struct OrderMark(long Time, int Hart, string EventType);
