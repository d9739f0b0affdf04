using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;

namespace Engine.Dashboard.Parts;

/// <summary>What all charts have in common. Colours of text, lines and grid are those of the page, by its style sheet.</summary>
internal static class Charts
{
    private const string Clear = "rgba(0,0,0,0)";

    public static Layout Layout(string unit) => new()
    {
        PaperBgColor = Clear,
        PlotBgColor = Clear,
        ShowLegend = false,
        Margin = new Margin { L = 52, R = 16, T = 10, B = 34 },
        XAxis = [new XAxis { Type = Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Date }],
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
