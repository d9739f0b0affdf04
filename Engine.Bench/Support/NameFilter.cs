using System.CommandLine;
using System.IO.Enumeration;
using Engine.Tooling;

namespace Engine.Bench.Support;

/// <summary><c>--filter GLOB</c>: selects by name, with <c>*</c> and <c>?</c>, whatever the case.</summary>
internal static class NameFilter
{
    public static Option<string> CreateOption(string description) =>
        new("--filter") { Description = description, HelpName = "GLOB", DefaultValueFactory = static _ => "*" };

    /// <summary>The items whose name matches.</summary>
    /// <exception cref="UsageException">None does; the message has all names.</exception>
    public static IReadOnlyList<T> Select<T>(IReadOnlyList<T> items, Func<T, string> nameOf, string glob)
    {
        T[] selected = [.. items.Where(item => FileSystemName.MatchesSimpleExpression(glob, nameOf(item)))];
        return selected.Length > 0
            ? selected
            : throw new UsageException(
                $"--filter must match a name, but \"{glob}\" matches none of: {string.Join(", ", items.Select(nameOf))}.");
    }
}
