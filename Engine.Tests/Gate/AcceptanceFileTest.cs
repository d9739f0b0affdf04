using Engine.Bench.Gate.Judging;
using Engine.Tests.Support;

namespace Engine.Tests.Gate;

/// <summary>The file of accepted slow-downs: what is wrong with it is an error that names the entry.</summary>
internal sealed class AcceptanceFileTest
{
    private const string Good = """{ "benchmark": "publish.span", "limit": 1.12, "reason": "checks more", "expires": "2026-06-30" }""";
    private static readonly DateOnly Today = new(2026, 6, 1);
    private static readonly string[] Known = ["publish.span", "dispatch.event"];

    [Test]
    public void Entries_are_found_by_benchmark()
    {
        IReadOnlyDictionary<string, Acceptance> entries = AcceptanceFile.Parse(
            $$"""
            [
                {{Good}},
                { "benchmark": "dispatch.event", "limit": 1.05, "reason": "an array per call", "expires": "2026-06-01",
                  "bytesPerOperation": 32 }
            ]
            """,
            Known, Today);

        Assert.That(entries["publish.span"], Is.EqualTo(new Acceptance("publish.span", 1.12, "checks more", new DateOnly(2026, 6, 30))));
        Assert.That(entries["dispatch.event"].BytesPerOperation, Is.EqualTo(32));
    }

    [Test]
    public void An_empty_list_accepts_nothing() => Assert.That(AcceptanceFile.Parse("[]", Known, Today), Is.Empty);

    [TestCase("publish.span", "publish.gone", "\"publish.gone\" names no gated benchmark")]
    [TestCase("1.12", "1.04", "\"publish.span\" has the limit 1.04, but it must be from 1.05 to 2")]
    [TestCase("1.12", "2.5", "the limit 2.5")]
    [TestCase("checks more", " ", "\"publish.span\" must have a reason")]
    [TestCase("2026-06-30", "2026-05-31", "\"publish.span\" expired on 2026-05-31")]
    [TestCase("2026-06-30", "2027-06-30", "\"publish.span\" expires on 2027-06-30, but may last 366 days")]
    [TestCase("\"2026-06-30\"", "\"2026-06-30\", \"bytesPerOperation\": -1", "-1 bytes per operation")]
    public void A_broken_rule_is_named(string good, string bad, string expected) =>
        Assert.That(ErrorOf($"[{Good.Replace(good, bad, StringComparison.Ordinal)}]"), Does.Contain(expected));

    [Test]
    public void All_errors_are_named_at_once() => Assert.That(
        ErrorOf($"[{Good.Replace("checks more", "", StringComparison.Ordinal)}, {Good.Replace("1.12", "3", StringComparison.Ordinal)}]"),
        Does.Contain("must have a reason").And.Contain("the limit 3").And.Contain("2 entries for \"publish.span\""));

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("[{}]")]
    [TestCase("[null]")]
    [TestCase("""[{ "benchmark": "publish.span", "limit": 1.1, "reason": "r", "expires": "soon" }]""")]
    [TestCase("""[{ "benchmark": "publish.span", "limit": 1.1, "reason": "r", "expires": "2026-06-30", "until": 1 }]""")]
    public void A_wrong_form_is_an_error_that_says_what_is_right(string text) =>
        Assert.That(ErrorOf(text), Does.Contain("benchmark, limit, reason, expires"));

    private static string ErrorOf(string text) =>
        Thrown.By<InvalidDataException>(() => AcceptanceFile.Parse(text, Known, Today)).Message;
}
