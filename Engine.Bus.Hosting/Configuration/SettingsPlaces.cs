using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>
/// Finds what a key of a configuration stands for in the settings files that it was made of, and where. Of the other sources of a
/// configuration nothing of the kind is known.
/// </summary>
internal sealed class SettingsPlaces
{
    private readonly ParsedSettings? _single;
    private readonly IConfigurationRoot? _root;

    /// <param name="settings">The one text that all keys come from.</param>
    public SettingsPlaces(ParsedSettings settings) => _single = settings;

    /// <param name="root">The root of a configuration; null if it is not known.</param>
    public SettingsPlaces(IConfigurationRoot? root) => _root = root;

    /// <summary>The problems with their places, and those that only the files show.</summary>
    /// <param name="root">The path of the bus's section.</param>
    /// <param name="problems">What is wrong with the section.</param>
    /// <param name="binder">Knows the options; null for those of a bus.</param>
    public List<ConfigurationProblem> Complete(
        string root, IReadOnlyList<ConfigurationProblem> problems, IOptionsBinder? binder = null)
    {
        IEnumerable<ConfigurationProblem> all = problems.Concat(
            (binder ?? BusOptionsBinder.Instance).WrongKinds(root, path => SettingsOf(path)?.NodeOf(path), problems));
        return [.. all.Select(problem => problem with { Place = problem.Place ?? SettingsOf(problem.Path)?.PlaceOf(problem.Path) })];
    }

    /// <summary>The settings that a key is taken from; null if another source has the last word on it.</summary>
    private ParsedSettings? SettingsOf(string path)
    {
        if (_single is not null)
            return _single;
        foreach (IConfigurationProvider provider in _root?.Providers.Reverse() ?? [])
        {
            if (provider is ISettingsFile { Settings: { } settings } && settings.NodeOf(path) is not null)
                return settings;
            if (provider.TryGet(path, out _))
                return null;
        }

        return null;
    }
}
