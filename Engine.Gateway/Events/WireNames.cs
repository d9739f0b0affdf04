using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary>
/// What events are called outside: the event <c>node.status</c> may be <c>node_status</c> to the clients of a gateway or to a
/// broker. One wire name for each event name and the other way round. Immutable and thread-safe; look-ups do not allocate.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class WireNames
{
    /// <summary>Characters that a wire name may have.</summary>
    public const int MaxLength = 255;

    private readonly FrozenDictionary<string, string> _wireNames;
    private readonly FrozenDictionary<string, string> _eventNames;

    /// <summary>Makes the table.</summary>
    /// <param name="eventNames">
    /// The event names, such as those that a registry of versions knows; each once. One that <paramref name="own"/>
    /// does not name gets <see cref="DefaultOf"/>.
    /// </param>
    /// <param name="own">Wire names by event name, where the default is not wanted.</param>
    /// <exception cref="ArgumentException">
    /// A name breaks a rule, is there twice, or is the same for two events; the message lists all that is wrong.
    /// </exception>
    public WireNames(IEnumerable<string> eventNames, IReadOnlyDictionary<string, string>? own = null)
    {
        ArgumentNullException.ThrowIfNull(eventNames);
        string[] names = [.. eventNames];
        List<string> problems = FindProblems(names, own);
        Dictionary<string, string> wireNames = [];
        if (problems.Count == 0)
        {
            wireNames = names.ToDictionary(
                static name => name, name => own?.GetValueOrDefault(name) ?? DefaultOf(name), StringComparer.Ordinal);
            CheckWireNames(wireNames, problems);
        }

        if (problems.Count > 0)
            throw new ArgumentException(
                "Event names and wire names do not fit: " + string.Join(" ", problems), own is null ? nameof(eventNames) : nameof(own));
        _wireNames = wireNames.ToFrozenDictionary(StringComparer.Ordinal);
        _eventNames = wireNames.ToFrozenDictionary(static entry => entry.Value, static entry => entry.Key, StringComparer.Ordinal);
    }

    /// <summary>All wire names, by event name.</summary>
    public IReadOnlyDictionary<string, string> All => _wireNames;

    /// <summary>The wire name that an event has unless it is given another: with '_' where the event's name has '.' or '-'.</summary>
    /// <param name="eventName">The event name.</param>
    public static string DefaultOf(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return eventName.Replace('.', '_').Replace('-', '_');
    }

    /// <summary>Finds the wire name of an event.</summary>
    /// <param name="eventName">The event name.</param>
    /// <param name="wireName">The wire name; null if the event is not in the table.</param>
    public bool TryGetWireName(string eventName, [NotNullWhen(true)] out string? wireName) =>
        _wireNames.TryGetValue(eventName, out wireName);

    /// <summary>Finds the event of a wire name.</summary>
    /// <param name="wireName">The wire name.</param>
    /// <param name="eventName">The event name; null if no event is called so.</param>
    public bool TryGetEventName(string wireName, [NotNullWhen(true)] out string? eventName) =>
        _eventNames.TryGetValue(wireName, out eventName);

    /// <summary>How many names there are.</summary>
    public override string ToString() => $"{_wireNames.Count} wire names";

    private static List<string> FindProblems(string[] names, IReadOnlyDictionary<string, string>? own)
    {
        var problems = new List<string>();
        foreach (string name in names.Where(static name => !EventDescriptor.IsName(name)))
            problems.Add($"\"{name}\" is no event name (lower-case words joined by '-', levels by '.').");
        foreach (
            IGrouping<string,
            string> same in names.GroupBy(static name => name, StringComparer.Ordinal).Where(static same => same.Count() > 1))
            problems.Add($"The event name \"{same.Key}\" is there {same.Count()} times.");
        foreach (string unknown in own?.Keys.Except(names, StringComparer.Ordinal) ?? [])
            problems.Add($"\"{unknown}\" has a wire name and is not among the event names.");
        return problems;
    }

    private static void CheckWireNames(Dictionary<string, string> wireNames, List<string> problems)
    {
        foreach ((string name, string wireName) in wireNames.Where(static entry => !IsWireName(entry.Value)))
        {
            problems.Add($"\"{wireName}\" is no wire name for {name}: one has 1 to {MaxLength} characters, which are letters, digits, "
                + "'_', '-', '.', ':' and '/'.");
        }

        foreach (IGrouping<string, string> same in wireNames
            .GroupBy(static entry => entry.Value, static entry => entry.Key, StringComparer.Ordinal).Where(static same => same.Count() > 1))
        {
            problems.Add($"The wire name \"{same.Key}\" stands for {string.Join(" and for ", same)}; each event needs one of its own.");
        }
    }

    private static bool IsWireName([NotNullWhen(true)] string? name) =>
        name is { Length: > 0 and <= MaxLength } && name.All(
            static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/');
}
