using System.CommandLine;
using Engine.Bench.Support;
using Engine.Tooling;

namespace Engine.Bench.Reporting;

/// <summary>
/// The files a command may write besides its text: <c>--json FILE</c>, and <c>--docs</c> for a page with charts.
/// Whether they can be written is found out before anything is measured, so that a bad path costs no time.
/// </summary>
internal sealed class ReportFiles
{
    /// <summary>The option that names the JSON file.</summary>
    public const string JsonOption = "--json";

    private static readonly string DefaultFolder = Path.Combine("docs", "benchmarks");

    private readonly string? _json;
    private readonly string? _docs;

    private ReportFiles(string? json, string? docs) => (_json, _docs) = (json, docs);

    public static Option<string?> CreateJsonOption() =>
        new(JsonOption) { Description = "Also write the results to this file.", HelpName = "FILE" };

    public static Option<string?> CreateDocsOption() => new("--docs")
    {
        Description = "Also write a page with tables and charts to this folder, by default docs/benchmarks of the checkout.",
        HelpName = "FOLDER",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Checks that what the options ask for can be written.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static ReportFiles Open(ParseResult options, Option<string?> json, Option<string?> docs)
    {
        bool wantsDocs = options.GetResult(docs) is not null;
        return Open(options.GetValue(json), wantsDocs
            ? options.GetValue(docs) ?? Path.Combine(Checkout.Require("--docs without a folder"), DefaultFolder) : null);
    }

    /// <summary>Checks that both can be written; null for not wanted.</summary>
    /// <exception cref="UsageException">One cannot.</exception>
    public static ReportFiles Open(string? jsonFile, string? docsFolder)
    {
        Require(JsonOption, jsonFile, OutputFile.ObstacleTo);
        Require("--docs", docsFolder, OutputFolder.ObstacleTo);
        return new ReportFiles(jsonFile, docsFolder);
    }

    /// <summary>Writes the files.</summary>
    /// <returns>Their paths.</returns>
    public IReadOnlyList<string> Write(Report report)
    {
        var written = new List<string>();
        if (_json is not null)
            Add(_json, JsonReport.Write(report));
        if (_docs is not null)
        {
            Directory.CreateDirectory(_docs);
            Add(Path.Combine(_docs, MarkdownReport.FileName(report)), MarkdownReport.Write(report));
            foreach (Table table in report.Tables.Where(static table => table.Chart is not null))
                Add(Path.Combine(_docs, MarkdownReport.ChartFileName(report, table)), SvgChart.Write(table));
        }

        return written;

        void Add(string path, string text)
        {
            OutputFile.WriteText(path, text);
            written.Add(path);
        }
    }

    private static void Require(string option, string? path, Func<string, string?> obstacleTo)
    {
        if (path is not null && obstacleTo(path) is string obstacle)
            throw new UsageException($"{option} must be writable, but \"{path}\" is not: {obstacle}");
    }
}
