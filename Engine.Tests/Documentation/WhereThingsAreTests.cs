using System.Text.RegularExpressions;
using Engine.Tests.Architecture;

namespace Engine.Tests.Documentation;

/// <summary>What CONTRIBUTING says of where things are is true.</summary>
internal sealed partial class WhereThingsAreTests
{
    private static string Section { get; } = ReadSection();

    [Test]
    public void The_rooms_are_those_of_the_map()
    {
        IEnumerable<string> written = RowPattern().Matches(Section).Select(static row => row.Groups[1].Value);
        IEnumerable<string> mapped = RoomMap.Assemblies.SelectMany(static assembly => assembly.Value.Rooms.Keys
            .Where(static room => room != AssemblyRooms.Beside)
            .Select(room => $"{assembly.Key}/{room}"));
        Assert.That(written, Is.EquivalentTo(mapped));
    }

    [Test]
    public void The_files_are_there()
    {
        string[] files = [.. FilePattern().Matches(Section).Select(static file => file.Groups[1].Value)];
        Assert.That(files, Has.Length.GreaterThan(8));
        Assert.That(files.Where(static file => !File.Exists(Path.Combine(SourceTree.Root, file))), Is.Empty);
    }

    private static string ReadSection()
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, "CONTRIBUTING.md"));
        int start = text.IndexOf("## Where things are", StringComparison.Ordinal);
        int end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return text[start..end];
    }

    [GeneratedRegex(@"^\| `([A-Za-z./]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"`([A-Za-z./-]+\.(?:cs|md))`")]
    private static partial Regex FilePattern();
}
