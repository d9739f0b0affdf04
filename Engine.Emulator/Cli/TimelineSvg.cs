using System.Globalization;
using System.Security;
using System.Text;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// Draws what was told of each hart over its instructions: the windows that subscriptions cover, the detail of execution, the cuts with the
/// ways back to them, and the event that was stopped before.
/// </summary>
internal static class TimelineSvg
{
    /// <summary>Where what is drawn begins.</summary>
    public const int Left = 110;

    /// <summary>How wide it is.</summary>
    public const int Width = 1_000;

    private const int LaneHeight = 66;
    private const int Top = 58;
    private const int Ticks = 5;
    private const int BandHeight = 16;
    private const double RewindBend = 40;

    /// <summary>The picture as text.</summary>
    /// <param name="title">What it is of.</param>
    /// <param name="lanes">A lane for each hart.</param>
    public static string Text(string title, IReadOnlyList<TimelineLane> lanes)
    {
        ulong end = Math.Max(1, lanes.Max(static lane => lane.Retired));
        int height = Top + (lanes.Count * LaneHeight) + 44;
        StringBuilder svg = Begin(height);
        Label(svg, 12, 22, title, 15);
        Legend(svg, lanes.Any(static lane => lane.Rewinds.Count > 0));
        for (int index = 0; index < lanes.Count; index++)
            Lane(svg, lanes[index], Top + (index * LaneHeight), end);
        Axis(svg, Top + (lanes.Count * LaneHeight), 0, end, "instructions that the hart has retired");
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    /// <summary>Begins a picture: an empty sheet.</summary>
    public static StringBuilder Begin(int height)
    {
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 40} {height}" font-family="sans-serif">""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="#ffffff"/>""");
        return svg;
    }

    /// <summary>The colour and the row of a band.</summary>
    private static (string Colour, int Row) Style(TimelineBandKind kind) => kind switch
    {
        TimelineBandKind.Instructions => ("#1b7f4d", 0),
        TimelineBandKind.Blocks => ("#2f6fb7", 1),
        TimelineBandKind.Counters => ("#b9c3cc", 2),
        _ => ("#f0c24b", 0),
    };

    private static void Legend(StringBuilder svg, bool hasRewinds)
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

        if (!hasRewinds)
            return;
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect x="{x}" y="34" width="3" height="12" fill="#5b3fa0"/>""");
        Label(svg, x + 9, 44, "cut, gone back to and run from again");
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

        foreach ((ulong first, ulong last) in lane.Rewinds)
            Rewind(svg, X(first, end), X(last, end), top);
        if (lane.Stop is not { } stop)
            return;
        double at = X(stop.First, end);
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<path d="M{at:F1} {top - 4}V{top + (3 * BandHeight) + 4}" stroke="#c0262c" stroke-width="2"/>""");
        bool isRight = at > Left + (Width / 2);
        Label(svg, (int)at + (isRight ? -6 : 6), top + 30, stop.Text, 11, isRight ? "end" : "start");
    }

    // The cut, and the way back to it, in which the way from it is run again.
    private static void Rewind(StringBuilder svg, double first, double last, int top)
    {
        int bottom = top + (3 * BandHeight);
        double bend = Math.Min(RewindBend, (last - first) / 2);
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<path d="M{first:F1} {top}V{bottom}" stroke="#5b3fa0" stroke-width="2"/>""");
        string way = Invariant(
            $"M{last - 3:F1} {bottom - 8}C{last - bend:F1} {top + 6} {first + bend:F1} {top + 6} {first + 4:F1} {bottom - 10}");
        svg.AppendLine($"""<path d="{way}" fill="none" stroke="#5b3fa0" stroke-width="1.2"/>""");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<path d="M{first + 2:F1} {bottom - 6}l1.5 -9l6 5z" fill="#5b3fa0"/>""");
    }

    /// <summary>Draws an axis from one value over a length.</summary>
    public static void Axis(StringBuilder svg, int top, ulong first, ulong length, string caption)
    {
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {top}H{Left + Width}" stroke="#555555"/>""");
        for (int tick = 0; tick <= Ticks; tick++)
        {
            ulong value = (ulong)((UInt128)length * (uint)tick / Ticks);
            Label(svg, (int)X(value, length), top + 16, Invariant($"{first + value:N0}"), 10, "middle");
        }

        Label(svg, Left + (Width / 2), top + 34, caption, 11, "middle");
    }

    /// <summary>Where a value lies.</summary>
    public static double X(ulong count, ulong end) => Left + (Width * ((double)Math.Min(count, end) / end));

    /// <summary>Writes a text.</summary>
    public static void Label(StringBuilder svg, int x, int y, string text, int size = 12, string anchor = "start") =>
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="#222222">{Escape(text)}</text>""");

    private static string Escape(string text) => SecurityElement.Escape(text) ?? string.Empty;
}

/// <summary>What is drawn of a hart.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Retired">Instructions that it has retired.</param>
/// <param name="Bands">What was told of it.</param>
/// <param name="Rewinds">Cuts that were gone back to, and from where.</param>
/// <param name="Stop">Where it was stopped before an event, or null.</param>
internal sealed record TimelineLane(
    string Name, ulong Retired, IReadOnlyList<TimelineBand> Bands, IReadOnlyList<(ulong First, ulong End)> Rewinds, TimelineBand? Stop);

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
