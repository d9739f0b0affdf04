using System.Globalization;
using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;

namespace Engine.Dashboard.Parts;

/// <summary>What all charts have in common. Colours of text, lines and grid are those of the page, by its style sheet.</summary>
internal static class Charts
{
    private const string Clear = "rgba(0,0,0,0)";

    /// <summary>A time as a chart takes it, to the millisecond.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static Layout Layout(string unit) => new()
    {
        PaperBgColor = Clear,
        PlotBgColor = Clear,
        ShowLegend = false,
        Margin = new Margin { L = 52, R = 16, T = 10, B = 34 },
        // Level, and so few that they have room on a phone.
        XAxis = [new XAxis { Type = Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Date, TickAngle = 0, NTicks = 4 }],
        YAxis =
        [
            new YAxis
            {
                Title = new Plotly.Blazor.LayoutLib.YAxisLib.Title { Text = unit },
                RangeMode = Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.ToZero,
            },
        ],
    };
}
