using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Tests.Documentation;

/// <summary>The guide for embedding lists the built-in events, each with its type.</summary>
public sealed partial class EmbeddingGuideTests
{
    [Test]
    public void It_lists_every_built_in_event_with_its_type()
    {
        var types = new Types();
        VmEvents.Visit(types);
        string guide = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "embedding.md"));
        Assert.That(
            RowPattern().Matches(guide).Select(static row => (row.Groups["event"].Value, row.Groups["type"].Value)),
            Is.EqualTo(types.Found));
    }

    private static string RepositoryRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    [GeneratedRegex(@"^\| `(?<event>[a-z.-]+\.[a-z-]+)` \| `(?<type>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    private sealed class Types : IEventTypeVisitor
    {
        public List<(string Event, string Type)> Found { get; } = [];

        public void Visit<T>()
            where T : unmanaged, IEvent<T> =>
            Found.Add((T.Descriptor.Name, typeof(T).Name));
    }
}
