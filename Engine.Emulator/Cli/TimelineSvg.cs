using System.Globalization;
using System.Security;
using System.Text;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// Draws what was told of each hart over its instructions: the windows that subscriptions cover, the detail of execution, and the event
/// that was stopped before.
/// </summary>
internal static class TimelineSvg
{
    private const int Left = 110;
    private const int Width = 1_000;
    private const int LaneHeight = 66;
    private const int Top = 58;
    private const int Ticks = 5;
    private const int BandHeight = 16;

    /// <summary>The picture as text.</summary>
    /// <param name="title">What it is of.</param>
    /// <param name="lanes">A lane for each hart.</param>
    public static string Text(string title, IReadOnlyList<TimelineLane> lanes)
    {
        ulong end = Math.Max(1, lanes.Max(static lane => lane.Retired));
        int height = Top + (lanes.Count * LaneHeight) + 44;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 40} {height}" font-family="sans-serif">""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="#ffffff"/>""");
        Label(svg, 12, 22, title, 15);
        Legend(svg);
        for (int index = 0; index < lanes.Count; index++)
            Lane(svg, lanes[index], Top + (index * LaneHeight), end);
        Axis(svg, Top + (lanes.Count * LaneHeight), end);
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    /// <summary>The colour and the row of a band.</summary>
    private static (string Colour, int Row) Style(TimelineBandKind kind) => kind switch
    {
        TimelineBandKind.Instructions => ("#1b7f4d", 0),
        TimelineBandKind.Blocks => ("#2f6fb7", 1),
        TimelineBandKind.Counters => ("#b9c3cc", 2),
        _ => ("#f0c24b", 0),
    };

    private static void Legend(StringBuilder svg)
    {
        int x = Left;
        foreach ((TimelineBandKind kind, string text) in new[]
        {
            (TimelineBandKind.Window, "subscribed to"), (TimelineBandKind.Instructions, "told by instructions"),
            (TimelineBandKind.Blocks, "by blocks"), (TimelineBandKind.Counters, "by counters"),
        })
        {
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<rect x="{x}" y="34" width="12" height="12" fill="{Style(kind).Colour}"/>""");
            Label(svg, x + 18, 44, text);
            x += 170;
        }
    }

    private static void Lane(StringBuilder svg, TimelineLane lane, int top, ulong end)
    {
        Label(svg, 12, top + 20, lane.Name);
        Label(svg, 12, top + 36, Invariant($"{lane.Retired:N0}"), 10);
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<rect x="{Left}" y="{top}" width="{X(lane.Retired, end) - Left:F1}" height="{3 * BandHeight}" fill="#f3f5f7"/>""");
        foreach (TimelineBand band in lane.Bands)
        {
            (string colour, int row) = Style(band.Kind);
            int rows = band.Kind == TimelineBandKind.Window ? 3 : 1;
            double x = X(band.First, end);
            double width = Math.Max(0.5, X(band.End, end) - x);
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<rect x="{x:F1}" y="{top + (row * BandHeight)}" width="{width:F1}" height="{rows * BandHeight}" fill="{colour}">""" +
                $"<title>{Escape(band.Text)}</title></rect>");
        }

        if (lane.Stop is not { } stop)
            return;
        double at = X(stop.First, end);
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<path d="M{at:F1} {top - 4}V{top + (3 * BandHeight) + 4}" stroke="#c0262c" stroke-width="2"/>""");
        bool isRight = at > Left + (Width / 2);
        Label(svg, (int)at + (isRight ? -6 : 6), top + 30, stop.Text, 11, isRight ? "end" : "start");
    }

    private static void Axis(StringBuilder svg, int top, ulong end)
    {
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {top}H{Left + Width}" stroke="#555555"/>""");
        for (int tick = 0; tick <= Ticks; tick++)
        {
            ulong value = (ulong)((UInt128)end * (uint)tick / Ticks);
            Label(svg, (int)X(value, end), top + 16, Invariant($"{value:N0}"), 10, "middle");
        }

        Label(svg, Left + (Width / 2), top + 34, "instructions that the hart has retired", 11, "middle");
    }

    private static double X(ulong count, ulong end) => Left + (Width * ((double)Math.Min(count, end) / end));

    private static void Label(StringBuilder svg, int x, int y, string text, int size = 12, string anchor = "start") =>
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="#222222">{Escape(text)}</text>""");

    private static string Escape(string text) => SecurityElement.Escape(text) ?? string.Empty;
}

/// <summary>What is drawn of a hart.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Retired">Instructions that it has retired.</param>
/// <param name="Bands">What was told of it.</param>
/// <param name="Stop">Where it was stopped before an event, or null.</param>
internal sealed record TimelineLane(string Name, ulong Retired, IReadOnlyList<TimelineBand> Bands, TimelineBand? Stop);

/// <summary>A range of instructions.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="First">The first one.</param>
/// <param name="End">The one behind the last.</param>
/// <param name="Text">What it says.</param>
internal readonly record struct TimelineBand(TimelineBandKind Kind, ulong First, ulong End, string Text);

/// <summary>What a range of instructions is.</summary>
internal enum TimelineBandKind
{
    Window,
    Instructions,
    Blocks,
    Counters,
}
