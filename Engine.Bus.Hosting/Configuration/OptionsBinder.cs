using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>What settings files may have at the places of options.</summary>
internal interface IOptionsBinder
{
    /// <inheritdoc cref="OptionsBinder{TOptions}.WrongKinds"/>
    IEnumerable<ConfigurationProblem> WrongKinds(
        string root, Func<string, SettingsNode?> nodeOf, IEnumerable<ConfigurationProblem> known);
}

/// <summary>Reads options from a configuration section, key by key of a list, without reflection. Thread-safe.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
/// <param name="keys">All options.</param>
/// <param name="sections">The paths of the sections that they are in.</param>
/// <param name="aliases">Other names of keys, with the paths they stand for; without regard to case.</param>
internal sealed class OptionsBinder<TOptions>(
    IEnumerable<OptionKey<TOptions>> keys, IEnumerable<string> sections, IReadOnlyDictionary<string, string> aliases) : IOptionsBinder
{
    /// <summary>As many problems say enough.</summary>
    private const int MaxProblems = 100;

    private readonly Dictionary<string, OptionKey<TOptions>> _keys =
        keys.ToDictionary(static key => key.Path, StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _sections = new(sections, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Sets options from a section, and adds what is wrong with it to the problems. Values out of range are set. What is unknown is
    /// listed up to <see cref="MaxProblems"/>.
    /// </summary>
    public void Bind(IConfiguration section, string root, TOptions options, List<ConfigurationProblem> problems)
    {
        if (section is IConfigurationSection { Value.Length: > 0 } itself)
            problems.Add(new(root, itself.Value, "is a section, with keys below it, and takes no value"));
        foreach (IConfigurationSection child in section.GetChildren())
            BindChild(child, "", root, options, problems);
    }

    /// <summary>
    /// What stands at the places of sections and values but is of another kind, such as an empty list, of which a configuration keeps
    /// nothing.
    /// </summary>
    /// <param name="root">The path of the section.</param>
    /// <param name="nodeOf">Tells what a file has at a path.</param>
    /// <param name="known">Paths that something is said of already.</param>
    public IEnumerable<ConfigurationProblem> WrongKinds(
        string root, Func<string, SettingsNode?> nodeOf, IEnumerable<ConfigurationProblem> known)
    {
        var said = new HashSet<string>(known.Select(static problem => problem.Path), StringComparer.OrdinalIgnoreCase);
        foreach (string path in _sections.Select(section => $"{root}:{section}").Prepend(root))
        {
            if (nodeOf(path)?.Kind == SettingsNodeKind.List && !said.Contains(path))
                yield return new(path, null, "is a section, with keys below it, and not a list");
        }

        foreach (OptionKey<TOptions> key in _keys.Values)
        {
            string path = $"{root}:{key.Path}";
            if (key.IsList && nodeOf(path)?.Kind == SettingsNodeKind.List)
                continue;
            if (nodeOf(path)?.Kind is SettingsNodeKind.List or SettingsNodeKind.Section && !said.Contains(path))
                yield return new(path, null, TakesOneValue(key));
        }
    }

    /// <summary>The members of a list as one text; null where there is none, or something else is among them.</summary>
    private static string? ListText(IConfigurationSection child, OptionKey<TOptions> key)
    {
        IConfigurationSection[] members = [.. child.GetChildren()];
        return key.IsList && members.Length > 0 && members.All(static member => member.Value is not null && !member.GetChildren().Any())
            ? string.Join(',', members.Select(static member => member.Value)) : null;
    }

    private static string TakesOneValue(OptionKey<TOptions> key) => $"takes one value, not a list or a section; it {key.Expected}";

    private void BindChild(
        IConfigurationSection child, string parent, string root, TOptions options, List<ConfigurationProblem> problems)
    {
        string path = parent.Length == 0 ? child.Key : $"{parent}:{child.Key}";
        path = aliases.GetValueOrDefault(path, path);
        if (_keys.TryGetValue(path, out OptionKey<TOptions>? key))
        {
            if (child.GetChildren().Any() && ListText(child, key) is null)
                problems.Add(new($"{root}:{key.Path}", null, TakesOneValue(key)));
            else if ((ListText(child, key) ?? child.Value) is not { } text || !key.TrySet(options, text))
                problems.Add(new($"{root}:{key.Path}", child.Value ?? "null", key.Expected));
        }
        else if (_sections.Contains(path))
        {
            // A section without content has no value, or an empty one, depending on where it comes from.
            if (!string.IsNullOrEmpty(child.Value))
                problems.Add(new($"{root}:{path}", child.Value, "is a section, with keys below it, and takes no value"));
            foreach (IConfigurationSection grandchild in child.GetChildren())
                BindChild(grandchild, path, root, options, problems);
        }
        else if (problems.Count < MaxProblems)
        {
            problems.Add(new($"{root}:{path}", child.Value, "is no option" + Suggestion(parent, child.Key, root)));
        }
    }

    private string Suggestion(string parent, string name, string root)
    {
        string prefix = parent.Length == 0 ? "" : parent + ":";
        string[] paths = [.. _keys.Values.Select(static key => key.Path), .. _sections];
        string[] siblings = [.. paths
            .Where(path => path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && !path.AsSpan(prefix.Length).Contains(':'))
            .Select(path => path[prefix.Length..])];
        if (NearMiss.Find(name, siblings) is { } near)
            return $"; did you mean {root}:{prefix}{near}?";
        // Of several, the one nearest to the root.
        string[] elsewhere = [.. paths
            .Where(path => path.EndsWith(":" + name, StringComparison.OrdinalIgnoreCase))
            .GroupBy(static path => path.Count(static letter => letter == ':'))
            .OrderBy(static level => level.Key)
            .FirstOrDefault() ?? Enumerable.Empty<string>()];
        return elsewhere.Length == 1
            ? $"; did you mean {root}:{elsewhere[0]}?"
            : $"; there are {string.Join(", ", siblings)}";
    }
}
