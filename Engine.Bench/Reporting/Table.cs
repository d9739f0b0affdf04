namespace Engine.Bench.Reporting;

/// <summary>A column of figures.</summary>
/// <param name="Name">Its head, unique within the table.</param>
/// <param name="Unit">Unit of its figures; empty for ratios.</param>
internal sealed record Column(string Name, string Unit);

/// <summary>A line of figures.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Values">One figure per column; null where there is none.</param>
internal sealed record Row(string Name, IReadOnlyList<double?> Values);

/// <summary>Which columns a chart shows: a bar, and a whisker over it.</summary>
/// <param name="Bar">Index of the column of the bar.</param>
/// <param name="Low">Index of the column where the whisker begins.</param>
/// <param name="High">Index of the column where the whisker ends.</param>
internal sealed record ChartColumns(int Bar, int Low, int High);

/// <summary>Figures as every command reports them.</summary>
/// <param name="Name">Short name, fit for a file name.</param>
/// <param name="Title">What the rows have in common.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Chart">What a chart of the table shows; null for none.</param>
internal sealed record Table(
    string Name, string Title, IReadOnlyList<Column> Columns, IReadOnlyList<Row> Rows, ChartColumns? Chart = null)
{
    /// <summary>The core-to-core round trips measured beside the rounds of this table; none for what one thread did.</summary>
    public IReadOnlyList<double> RoundTripsNanoseconds { get; init; } = [];
}
