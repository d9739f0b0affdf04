using System.Globalization;
using System.Xml.Linq;
using Engine.Bench.Reporting;

namespace Engine.Tests.Bench.Reporting;

/// <summary>A table as a chart.</summary>
internal sealed class SvgChartTests
{
    private static readonly ChartColumns MedianAndRange = new(0, 1, 2);

    [Test]
    public void Chart_has_a_bar_a_whisker_and_labels_per_row()
    {
        XElement svg = Draw(("first | one", 100, 50, 200), ("Channel<T>", 200, 100, 400));
        Assert.That(
            ByClass(svg, "bar").Select(Width).ToArray() is [var first, var second] ? second / first : 0, Is.EqualTo(2).Within(0.01));
        Assert.That(ByClass(svg, "whisker").Count(), Is.EqualTo(2));
        Assert.That(
            Texts(svg), Does.Contain("Channel<T>").And.Contain("A title").And.Contain("M events/s; more is better").And.Contain("200"));
    }

    [Test]
    public void Chart_follows_dark_mode() =>
        Assert.That(Draw(("one", 1, 1, 1)).ToString(), Does.Contain("@media(prefers-color-scheme:dark)"));

    [Test]
    public void Axis_is_logarithmic_above_a_ratio_of_fifty()
    {
        XElement svg = Draw(("small", 1, 1, 1), ("middle", 10, 10, 10), ("large", 100, 100, 100));
        double[] widths = [.. ByClass(svg, "bar").Select(Width)];
        Assert.That(widths[2] - widths[1], Is.EqualTo(widths[1] - widths[0]).Within(0.2));
        Assert.That(widths[0], Is.Positive);
        Assert.That(Texts(svg), Does.Contain("M events/s, logarithmic; more is better"));
    }

    [Test]
    public void Row_without_a_figure_has_no_bar()
    {
        var table = new Table("t", "T", [new("a", "ns"), new("b", "ns"), new("c", "ns")],
            [new("none", [null, null, null]), new("one", [5, null, null])], MedianAndRange);
        XElement svg = XDocument.Parse(SvgChart.Write(table)).Root!;
        Assert.That(ByClass(svg, "bar").Count(), Is.EqualTo(1));
        Assert.That(ByClass(svg, "whisker"), Is.Empty);
    }

    [TestCase(7.0, 8.0)]
    [TestCase(100.0, 100.0)]
    [TestCase(1413.0, 1500.0)]
    [TestCase(0.6, 0.6)]
    public void Linear_axis_begins_at_zero_and_ends_at_a_round_number(double largest, double end)
    {
        ChartAxis axis = ChartAxis.Of([largest], []);
        Assert.That(axis.IsLogarithmic, Is.False);
        Assert.That((axis.Ticks[0], axis.Start), Is.EqualTo((0.0, 0.0)));
        Assert.That(axis.End, Is.EqualTo(end).Within(1e-9));
        Assert.That(axis.Fraction(axis.End), Is.EqualTo(1));
    }

    private static XElement Draw(params (string Name, double Median, double Min, double Max)[] rows) =>
        XDocument.Parse(SvgChart.Write(new Table(
        "t",
        "A title",
        [new("median", "M events/s"), new("min", "M events/s"), new("max", "M events/s")],
        [.. rows.Select(static row => new Row(row.Name, [row.Median, row.Min, row.Max]))],
        MedianAndRange))).Root!;

    private static IEnumerable<XElement> ByClass(XElement svg, string name) =>
        svg.Descendants().Where(element => element.Attribute("class")?.Value == name);

    private static double Width(XElement bar) => double.Parse(bar.Attribute("width")!.Value, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Texts(XElement svg) =>
        svg.Descendants().Where(static e => e.Name.LocalName == "text").Select(static e => e.Value);
}
