using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>Reads options from a configuration section, key by key of the list, without reflection.</summary>
internal static class BusOptionsBinder
{
    private static readonly Dictionary<string, OptionKey> Keys =
        BusOptionKeys.All.ToDictionary(static key => key.Path, StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Sections =
        new(BusOptionKeys.Sections.Select(static section => section.Path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets options from a section, and adds what is wrong with it to the problems. Values out of range are set.</summary>
    public static void Bind(IConfiguration section, string root, EventBusOptions options, List<ConfigurationProblem> problems)
    {
        foreach (IConfigurationSection child in section.GetChildren())
            BindChild(child, "", root, options, problems);
    }

    private static void BindChild(
        IConfigurationSection child, string parent, string root, EventBusOptions options, List<ConfigurationProblem> problems)
    {
        string path = parent.Length == 0 ? child.Key : $"{parent}:{child.Key}";
        IConfigurationSection[] children = [.. child.GetChildren()];
        if (Keys.TryGetValue(path, out OptionKey? key))
        {
            if (children.Length > 0)
                problems.Add(new($"{root}:{key.Path}", null, $"takes one value, not a list or a section; it {key.Expected}"));
            else if (child.Value is not { } text || !key.TrySet(options, text))
                problems.Add(new($"{root}:{key.Path}", child.Value ?? "null", key.Expected));
        }
        else if (Sections.Contains(path))
        {
            // A section without content has no value, or an empty one, depending on where it comes from.
            if (!string.IsNullOrEmpty(child.Value))
                problems.Add(new($"{root}:{path}", child.Value, "is a section, with keys below it, and takes no value"));
            foreach (IConfigurationSection grandchild in children)
                BindChild(grandchild, path, root, options, problems);
        }
        else
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
        string[] elsewhere = [.. paths.Where(path => path.EndsWith(":" + name, StringComparison.OrdinalIgnoreCase))];
        return elsewhere.Length == 1
            ? $"; did you mean {root}:{elsewhere[0]}?"
            : $"; there are {string.Join(", ", siblings)}";
    }
}
