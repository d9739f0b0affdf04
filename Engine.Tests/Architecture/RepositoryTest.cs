using System.Text.RegularExpressions;

namespace Engine.Tests.Architecture;

/// <summary>What every source file of the repository keeps to.</summary>
internal sealed partial class RepositoryTest
{
    private const int MaxLines = 350;
    private const int MaxLineLength = 140;

    // Longer ones are data.
    private const int MaxTextBytes = 4 << 20;

    /// <summary>Files with lines that may be longer, each with the reason.</summary>
    private static readonly Dictionary<string, string> FilesWithLongLines = new()
    {
        ["Engine.Tests/PerfCollect/SymbolTests.cs"] = "Lines as perf writes them.",
        ["Engine.Tooling/Pictures/FlameGraphSvg.cs"] = "Lines of the SVG that it writes.",
    };

    /// <summary>Files that may be longer, each with the reason.</summary>
    private static readonly Dictionary<string, string> LongFiles = new()
    {
        ["Engine.Emulator/Cpu/Hart.Interpreter.cs"] =
            "The interpreter's loop is one method, because its pointers stay in registers only within one.",
    };

    /// <summary>Files whose namespace is not that of their folder, each with the reason.</summary>
    private static readonly Dictionary<string, string> ForeignNamespaces = new()
    {
        ["Engine/Hosting/EngineServiceCollectionExtensions.cs"] =
            "Extension methods of IServiceCollection are by convention in the namespace of IServiceCollection.",
        ["Engine.Storage.Hosting/EventDrivenServiceCollectionExtensions.cs"] =
            "Extension methods of IServiceCollection are by convention in the namespace of IServiceCollection.",
        ["Engine.Bus.Hosting/EventBusServiceCollectionExtensions.cs"] =
            "Extension methods of IServiceCollection are by convention in the namespace of IServiceCollection.",
    };

    /// <summary>Folders whose name is not that of their namespace.</summary>
    private static readonly Dictionary<string, string> RootNamespaces = new(RoomMap.Namespaces)
    {
        ["tools/perfcollect"] = "Engine.PerfCollect",
    };

    private static IEnumerable<string> Sources => Directory.EnumerateDirectories(SourceTree.Root, "Engine*")
        .Select(static folder => Path.GetFileName(folder))
        .Append("tools/perfcollect")
        .SelectMany(static folder => SourceTree.SourcesUnder(folder))
        .Select(SourceTree.Relative);

    [Test]
    public void Files_are_short()
    {
        IEnumerable<string> tooLong = Sources
            .Where(static file => !LongFiles.ContainsKey(file))
            .Select(static file => (File: file, Lines: ReadLines(file).Length))
            .Where(static file => file.Lines > MaxLines)
            .Select(static file => $"{file.File}: {file.Lines} lines, at most {MaxLines} are allowed");
        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void Lines_are_short()
    {
        IEnumerable<string> tooLong = Sources
            .Where(static file => !FilesWithLongLines.ContainsKey(file))
            .SelectMany(static file => ReadLines(file).Select((line, i) => (Place: $"{file}({i + 1})", line.Length)))
            .Where(static line => line.Length > MaxLineLength)
            .Select(static line => $"{line.Place}: {line.Length} characters, at most {MaxLineLength} are allowed");
        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void No_merge_has_left_its_marks()
    {
        string[] marks = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
        IEnumerable<string> left = SourceTree.TextFiles(MaxTextBytes)
            .SelectMany(file => ReadLines(file)
                .Select((line, i) => (Place: $"{file}({i + 1})", Line: line))
                .Where(line => marks.Any(mark => line.Line.StartsWith(mark, StringComparison.Ordinal))))
            .Select(static line => line.Place);
        Assert.That(left, Is.Empty);
    }

    [Test]
    public void Namespaces_are_file_scoped_and_match_the_folder()
    {
        IEnumerable<string> wrong = Sources
            .Where(static file => !ForeignNamespaces.ContainsKey(file))
            .Select(static file => (File: file, Found: NamespaceOf(file), Expected: FolderNamespaceOf(file)))
            .Where(static file => file.Found != file.Expected && !IsShared(file.File, file.Found) && !IsProgram(file.File, file.Found))
            .Select(static file => $"{file.File}: expected \"namespace {file.Expected};\", found {file.Found ?? "none"}");
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Exceptions_name_files_that_exist_and_need_them()
    {
        foreach (string file in ForeignNamespaces.Keys)
            Assert.That(NamespaceOf(file), Is.Not.EqualTo(FolderNamespaceOf(file)), file);
        foreach (string file in LongFiles.Keys)
            Assert.That(ReadLines(file), Has.Length.GreaterThan(MaxLines), file);
        foreach (string file in FilesWithLongLines.Keys)
            Assert.That(ReadLines(file), Has.Some.Length.GreaterThan(MaxLineLength), file);
    }

    // Files of top-level statements and of global usings have no namespace.
    private static bool IsProgram(string file, string? found) =>
        found is null && Path.GetFileName(file) is "Program.cs" or "GlobalUsings.cs";

    private static bool IsShared(string file, string? found) =>
        RoomMap.SharedNamespaces.TryGetValue(file.Split('/')[0], out string? shared) && found == shared;

    private static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(SourceTree.Root, file));

    private static string? NamespaceOf(string file) => ReadLines(file)
        .Select(static line => NamespacePattern().Match(line))
        .FirstOrDefault(static match => match.Success)?.Groups[1].Value;

    private static string FolderNamespaceOf(string file)
    {
        string folder = Path.GetDirectoryName(file)!.Replace('\\', '/');
        foreach ((string root, string rootNamespace) in RootNamespaces)
        {
            if (folder == root || folder.StartsWith(root + "/", StringComparison.Ordinal))
                folder = rootNamespace + folder[root.Length..];
        }

        return folder.Replace('/', '.');
    }

    [GeneratedRegex(@"^namespace ([\w.]+);$")]
    private static partial Regex NamespacePattern();
}
