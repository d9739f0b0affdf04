using System.Text.Json;
using Engine.Bench.Reporting;

namespace Engine.Tests.Bench.Reporting;

/// <summary>One report as text, JSON and Markdown.</summary>
internal sealed class ReportWriterTests
{
    [Test]
    public void Rounds_become_median_range_and_the_median_of_ratios_within_a_round()
    {
        Assert.That(Reports.RoundsTable.Rows[0].Values, Is.EqualTo(new double?[] { 20, 10, 40, 1 }));
        Assert.That(Reports.RoundsTable.Rows[1].Values, Is.EqualTo(new double?[] { 1000, 1000, 8000, 100 }));
    }

    [Test]
    public void Text_has_machine_round_trip_rows_and_verdicts()
    {
        var output = new StringWriter();
        ConsoleReport.Print(Reports.Create(), output);
        string text = output.ToString();
        Assert.That(text, Does.Contain("Some CPU, 2 processors, X64, Some Linux, .NET 10"));
        Assert.That(text, Does.Contain("core-to-core round trip 100 to 300 ns, median 200 ns"));
        Assert.That(text, Does.Contain("How fast\n  core-to-core round trip 100 to 300 ns"));
        Assert.That(text, Does.Match(@"Channel<T> +1,000 +1,000 +8,000 +100\n"));
        Assert.That(text, Does.Match(@"met    second / first +100 \(limit 60\.0\)"));
        Assert.That(text, Does.Match(@"MISSED first / second +0\.01 \(limit 0\.500\)"));
    }

    [Test]
    public void Json_has_figures_by_column_and_null_for_none()
    {
        using JsonDocument json = JsonDocument.Parse(JsonReport.Write(Reports.Create()));
        JsonElement root = json.RootElement;
        Assert.That(root.GetProperty("commandLine").GetString(), Is.EqualTo("run it 'again'"));
        Assert.That(root.GetProperty("date").GetString(), Is.EqualTo("2026-01-02T03:04:05Z"));
        Assert.That(root.GetProperty("machine").GetProperty("processorCount").GetInt32(), Is.EqualTo(2));
        Assert.That(root.GetProperty("roundTripNanoseconds").GetProperty("max").GetDouble(), Is.EqualTo(300));
        JsonElement table = root.GetProperty("tables")[0];
        Assert.That(table.GetProperty("roundTripNanoseconds").GetProperty("median").GetDouble(), Is.EqualTo(200));
        Assert.That(root.GetProperty("tables")[1].GetProperty("roundTripNanoseconds").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(table.GetProperty("units").GetProperty("median").GetString(), Is.EqualTo("M events/s"));
        Assert.That(table.GetProperty("rows")[1].GetProperty("values").GetProperty("max").GetDouble(), Is.EqualTo(8000));
        JsonElement idle = root.GetProperty("tables")[1].GetProperty("rows")[0].GetProperty("values").GetProperty("share");
        Assert.That(idle.ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("targets")[0].GetProperty("isMet").GetBoolean(), Is.True);
    }

    [Test]
    public void Markdown_page_is_the_expected_one()
    {
        Assert.That(MarkdownReport.Write(Reports.Create()), Is.EqualTo(
            """
            # A sample

            Written by the command itself; see [how to read it](README.md).

                run it 'again'

            | | |
            | --- | --- |
            | Date | 2026-01-02 03:04 UTC |
            | Processor | Some CPU, 2 processors, X64 |
            | Operating system | Some Linux |
            | Runtime | .NET 10 |
            | Beside the rounds | core-to-core round trip 100 to 300 ns, median 200 ns |

            ## How fast

            ![How fast](sample-speed.svg)

            Beside these rounds: core-to-core round trip 100 to 300 ns, median 200 ns.

            |  | median, M events/s | min, M events/s | max, M events/s | ratio to first |
            | --- | ---: | ---: | ---: | ---: |
            | first \| one | 20.0 | 10.0 | 40.0 | 1.000 |
            | Channel&lt;T> | 1,000 | 1,000 | 8,000 | 100 |

            ## Idle

            |  | share, % |
            | --- | ---: |
            | all | - |

            ## Targets

            | | measured | limit | |
            | --- | ---: | ---: | --- |
            | second / first | 100 | 60.0 | met |
            | first / second | 0.01 | 0.500 | missed |

            """.ReplaceLineEndings("\n")));
    }

    [TestCase(null, "-")]
    [TestCase(double.NaN, "-")]
    [TestCase(0.0, "0")]
    [TestCase(0.012345, "0.0123")]
    [TestCase(1.23456, "1.235")]
    [TestCase(12.345, "12.3")]
    [TestCase(1234.4, "1,234")]
    [TestCase(-12.345, "-12.3")]
    public void Figure_has_the_digits_that_mean_something(double? value, string expected) =>
        Assert.That(Figure.Format(value), Is.EqualTo(expected));
}
