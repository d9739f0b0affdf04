using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Tests.Bench.Reporting;

/// <summary>A small report with known figures.</summary>
internal static class Reports
{
    public static readonly RoundResult[] Rounds =
    [
        new(100, [10, 1000]),
        new(300, [20, 1000]),
        new(200, [40, 8000]),
    ];

    public static Table RoundsTable { get; } = Engine.Bench.Reporting.RoundsTable.Create(
        "speed", "How fast", ["first | one", "Channel<T>"], Rounds, "M events/s");

    public static Report Create()
    {
        var report = new Report("sample", "A sample", "run it 'again'")
        {
            Machine = new MachineFacts("Some CPU", 2, "X64", "Some Linux", ".NET 10"),
            Date = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        };
        report.Add(RoundsTable, Rounds);
        report.Add(new Table("idle", "Idle", [new Column("share", "%")], [new Row("all", [null])]));
        report.AddRatioTarget("second / first", Rounds, 1, 0, 60);
        report.AddRatioTarget("first / second", Rounds, 0, 1, 0.5);
        return report;
    }
}
