using Engine.Bench.Reporting;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Bench.Reporting;

/// <summary>Where reports are written, and that a bad path is found before anything is measured.</summary>
internal sealed class ReportFilesTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("report-files").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Page_chart_and_json_are_written()
    {
        string json = Path.Combine(_folder, "a.json");
        string docs = Path.Combine(_folder, "docs");
        IReadOnlyList<string> written = ReportFiles.Open(json, docs).Write(Reports.Create());
        Assert.That(written, Is.EqualTo(new[] { json, Path.Combine(docs, "sample.md"), Path.Combine(docs, "sample-speed.svg") }));
        Assert.That(written, Has.All.Matches<string>(static path => new FileInfo(path).Length > 0));
    }

    [Test]
    public void Nothing_is_written_before_the_end()
    {
        string existing = Path.Combine(_folder, "existing.json");
        File.WriteAllText(existing, "before");
        ReportFiles.Open(Path.Combine(_folder, "new.json"), null);
        ReportFiles.Open(existing, null);
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { existing }));
        Assert.That(File.ReadAllText(existing), Is.EqualTo("before"));
    }

    [Test]
    public void Unwritable_paths_are_named()
    {
        string missing = Path.Combine(_folder, "missing", "a.json");
        Assert.That(
            Thrown.By<UsageException>(() => ReportFiles.Open(missing, null)).Message,
            Does.StartWith($"--json must be writable, but \"{missing}\" is not:"));
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.That(
            Thrown.By<UsageException>(() => ReportFiles.Open(null, file)).Message,
            Does.StartWith($"--docs must be writable, but \"{file}\" is not:"));
    }
}
