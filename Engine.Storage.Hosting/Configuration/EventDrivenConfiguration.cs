using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Storage.Facade;
using Microsoft.Extensions.Configuration;

namespace Engine.Storage.Hosting.Configuration;

/// <summary>
/// Reads the configuration of an <see cref="EventDrivenArchitecture"/>, in the way of the bus's: all keys are known by name, one that is
/// not is an error, and all problems are found in one go. Thread-safe.
/// </summary>
public static class EventDrivenConfiguration
{
    private static readonly OptionsBinder<EventDrivenConfig> s_binder = new(
        EventDrivenKeys.All, EventDrivenKeys.Sections, new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            // Where another framework has it.
            ["event:output_buffer"] = "Bus:OutputBuffer",
            ["output_buffer"] = "Bus:OutputBuffer",
        });

    /// <summary>Reads a section, such as <c>configuration.GetSection("EventDriven")</c>.</summary>
    /// <param name="section">The section.</param>
    /// <param name="root">The configuration's root, which knows places in files; null if it is not known.</param>
    /// <exception cref="EventDrivenConfigException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventDrivenConfig Read(IConfiguration section, IConfigurationRoot? root = null) =>
        TryRead(section, out IReadOnlyList<ConfigurationProblem> problems, root) ?? throw new EventDrivenConfigException(problems);

    /// <summary>Reads a section, and returns null if anything is wrong.</summary>
    /// <param name="section">The section.</param>
    /// <param name="problems">All that is wrong.</param>
    /// <param name="root">The configuration's root, which knows places in files; null if it is not known.</param>
    public static EventDrivenConfig? TryRead(
        IConfiguration section, out IReadOnlyList<ConfigurationProblem> problems, IConfigurationRoot? root = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        string path = section is IConfigurationSection { Path.Length: > 0 } named ? named.Path : EventDrivenConfig.SectionName;
        var config = new EventDrivenConfig();
        List<ConfigurationProblem> found = [];
        s_binder.Bind(section, path, config, found);
        string[] unread = [
            .. found.Where(problem => problem.Path.Length > path.Length).Select(problem => problem.Path[(path.Length + 1)..])];
        found.AddRange(EventDrivenKeys.Check(config, path, unread));
        problems = new SettingsPlaces(root ?? section as IConfigurationRoot).Complete(path, found, s_binder);
        return problems.Count == 0 ? config : null;
    }

    /// <summary>All problems of a configuration; none if it is right.</summary>
    public static IReadOnlyList<ConfigurationProblem> Check(EventDrivenConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return EventDrivenKeys.Check(config, EventDrivenConfig.SectionName);
    }
}
