using Engine.Events.Vm;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Which event types a run subscribes to.</summary>
internal static class EventSelection
{
    private static readonly string[] Names = [.. VmEvents.All.Select(static type => type.Name)];

    /// <summary>
    /// All but memory accesses, which make the machine step instruction by instruction and are wanted on purpose only.
    /// </summary>
    public static IReadOnlyList<string> Default { get; } = [.. Names.Where(static name => name != MemoryAccessed.Descriptor.Name)];

    /// <summary>Parses a list of names; null is the default.</summary>
    /// <exception cref="UsageException">A name or pattern fits no event type.</exception>
    public static IReadOnlyList<string> Parse(string? list, string option = "--events") => list switch
    {
        null => Default,
        "all" => Names,
        "none" => [],
        _ => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } items
            ? [.. items.SelectMany(item => Matching(item, option)).Distinct()]
            : throw new UsageException($"{option}: the list is empty; none stands for no type"),
    };

    private static IEnumerable<string> Matching(string item, string option)
    {
        string[] matches = item.EndsWith('*')
            ? [.. Names.Where(name => name.StartsWith(item[..^1], StringComparison.Ordinal))]
            : [.. Names.Where(name => name == item)];
        return matches.Length > 0
            ? matches
            : throw new UsageException($"{option}: \"{item}\" is no event type; there are all, none, {string.Join(", ", Names)}");
    }
}
