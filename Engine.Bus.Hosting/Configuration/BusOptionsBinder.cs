using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>Reads options from a configuration section, key by key of the list, without reflection.</summary>
internal static class BusOptionsBinder
{
    /// <summary>As many problems say enough.</summary>
    private const int MaxProblems = 100;

    private static readonly Dictionary<string, OptionKey> Keys =
        BusOptionKeys.All.ToDictionary(static key => key.Path, StringComparer.OrdinalIgnoreCase);

    /// <summary>Where a bus of another framework has it: directly below the section, in words joined by underscores.</summary>
    private const string OldOutputBuffer = "output_buffer";

    private static readonly HashSet<string> Sections =
        new(BusOptionKeys.Sections.Select(static section => section.Path), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Sets options from a section, and adds what is wrong with it to the problems. Values out of range are set. What is unknown is
    /// listed up to <see cref="MaxProblems"/>.
    /// </summary>
    public static void Bind(IConfiguration section, string root, EventBusOptions options, List<ConfigurationProblem> problems)
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
    /// <param name="root">The path of the bus's section.</param>
    /// <param name="nodeOf">Tells what a file has at a path.</param>
    /// <param name="known">Paths that something is said of already.</param>
    public static IEnumerable<ConfigurationProblem> WrongKinds(
        string root, Func<string, SettingsNode?> nodeOf, IEnumerable<ConfigurationProblem> known)
    {
        var said = new HashSet<string>(known.Select(static problem => problem.Path), StringComparer.OrdinalIgnoreCase);
        foreach (string path in Sections.Select(section => $"{root}:{section}").Prepend(root))
        {
            if (nodeOf(path)?.Kind == SettingsNodeKind.List && !said.Contains(path))
                yield return new(path, null, "is a section, with keys below it, and not a list");
        }

        foreach (OptionKey key in Keys.Values)
        {
            string path = $"{root}:{key.Path}";
            if (nodeOf(path)?.Kind is SettingsNodeKind.List or SettingsNodeKind.Section && !said.Contains(path))
                yield return new(path, null, TakesOneValue(key));
        }
    }

    private static string TakesOneValue(OptionKey key) => $"takes one value, not a list or a section; it {key.Expected}";

    private static void BindChild(
        IConfigurationSection child, string parent, string root, EventBusOptions options, List<ConfigurationProblem> problems)
    {
        string path = parent.Length == 0 ? child.Key : $"{parent}:{child.Key}";
        if (path.Equals(OldOutputBuffer, StringComparison.OrdinalIgnoreCase))
            path = "Messages:OutputBuffer";
        if (Keys.TryGetValue(path, out OptionKey? key))
        {
            if (child.GetChildren().Any())
                problems.Add(new($"{root}:{key.Path}", null, TakesOneValue(key)));
            else if (child.Value is not { } text || !key.TrySet(options, text))
                problems.Add(new($"{root}:{key.Path}", child.Value ?? "null", key.Expected));
        }
        else if (Sections.Contains(path))
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

    private static string Suggestion(string parent, string name, string root)
    {
        string prefix = parent.Length == 0 ? "" : parent + ":";
        string[] paths = [.. Keys.Values.Select(static key => key.Path), .. BusOptionKeys.Sections.Select(static section => section.Path)];
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
