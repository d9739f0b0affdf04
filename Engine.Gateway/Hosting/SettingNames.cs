using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Engine.Gateway.Hosting;

/// <summary>Compares the keys of a configuration with the properties they set.</summary>
internal static class SettingNames
{
    /// <summary>Finds keys that set nothing, a text each.</summary>
    /// <param name="section">The keys.</param>
    /// <param name="type">What they set.</param>
    public static IEnumerable<string> FindUnknown(IConfigurationSection section, Type type)
    {
        PropertyInfo[] known =
        [
            .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static property => property.CanWrite && IsSetting(property.PropertyType)),
        ];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = Array.Find(known, found => found.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            IEnumerable<string> problems = property is not null
                ? Below(child, property.PropertyType)
                : [$"{child.Path} is no setting; known are {string.Join(", ", known.Select(static one => one.Name))}."];
            foreach (string problem in problems)
                yield return problem;
        }
    }

    private static IEnumerable<string> Below(IConfigurationSection section, Type type)
    {
        if (ItemOf(type) is not { } item)
            return section.GetChildren().Select(static child => $"{child.Path} is no setting: what it is below is a single value.");
        // The binder passes over what is no list, and takes names for places.
        if (!string.IsNullOrEmpty(section.Value) || section.GetChildren().Any(static child => !child.Key.All(char.IsAsciiDigit)))
            return [$"{section.Path} must be a list."];
        return item == typeof(string)
            ? section.GetChildren().SelectMany(static child => Below(child, typeof(string)))
            : section.GetChildren().SelectMany(child => child.Value is { Length: > 0 }
                ? [$"{child.Path} must be a section."]
                : FindUnknown(child, item));
    }

    // What code decides is not set by text.
    private static bool IsSetting(Type type) => !typeof(Delegate).IsAssignableFrom(type);

    private static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) ? type.GetGenericArguments()[0] : null;
}
