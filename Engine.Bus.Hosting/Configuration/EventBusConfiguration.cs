using Engine.Bus.Configuration.Files;
using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>
/// Reads the options of a bus from a configuration, a text or a file, and checks options that code has made. All keys are
/// known by name: one that is not is an error. All problems are found in one go. Thread-safe; allocates; the methods for
/// files block while they read.
/// </summary>
public static class EventBusConfiguration
{
    /// <inheritdoc cref="EventBusOptions.SectionName"/>
    public const string SectionName = EventBusOptions.SectionName;

    /// <summary>Reads options from a section, such as <c>configuration.GetSection("EventBus")</c>.</summary>
    /// <param name="section">The section, or the root of a configuration that has nothing else in it.</param>
    /// <param name="defaults">Where the values of keys come from that the section does not have; not changed.</param>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventBusOptions Read(IConfiguration section, EventBusOptions? defaults = null)
    {
        EventBusOptions? options = TryRead(section, defaults, out IReadOnlyList<ConfigurationProblem> problems);
        return options ?? throw new InvalidBusOptionsException(problems);
    }

    /// <summary>Reads options from a section, and returns null if anything is wrong.</summary>
    /// <param name="section">The section, or the root of a configuration that has nothing else in it.</param>
    /// <param name="defaults">Where the values of keys come from that the section does not have; not changed.</param>
    /// <param name="problems">All that is wrong.</param>
    public static EventBusOptions? TryRead(
        IConfiguration section, EventBusOptions? defaults, out IReadOnlyList<ConfigurationProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (defaults is not null && BusOptionKeys.Sections.Any(part => part.Get(defaults) is null))
        {
            problems = Check(defaults);
            return null;
        }

        EventBusOptions options = defaults is null ? new EventBusOptions() : defaults.Copy();
        string root = RootOf(section);
        List<ConfigurationProblem> found = [];
        BusOptionsBinder.Bind(section, root, options, found);
        string[] unread = [.. found.Select(problem => problem.Path[(root.Length + 1)..])];
        found.AddRange(BusOptionsRules.Check(options, root, unread));
        problems = found;
        return found.Count == 0 ? options : null;
    }

    /// <summary>
    /// Reads options from JSON text: an object with the member <c>EventBus</c>. Comments and trailing commas are allowed.
    /// </summary>
    /// <exception cref="SettingsFormatException">The text is not JSON, or names a key twice.</exception>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventBusOptions FromJson(string json) => FromText(json, SettingsFormat.Json, "the JSON text");

    /// <summary>Reads options from YAML text: a mapping with the key <c>EventBus</c>.</summary>
    /// <exception cref="SettingsFormatException">
    /// The text is not YAML, or uses more of it than settings need, or names a key twice.
    /// </exception>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventBusOptions FromYaml(string yaml) => FromText(yaml, SettingsFormat.Yaml, "the YAML text");

    /// <summary>Reads options from a file of JSON or YAML, told by the ending <c>.json</c>, <c>.yaml</c> or <c>.yml</c>.</summary>
    /// <exception cref="ArgumentException">The ending is another.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="SettingsFormatException">The text is not of the format, or names a key twice.</exception>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventBusOptions FromFile(string path) =>
        FromText(File.ReadAllText(path), SettingsFormats.OfFile(path), path);

    /// <summary>All problems of options; none if they are right.</summary>
    public static IReadOnlyList<ConfigurationProblem> Check(EventBusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return BusOptionsRules.Check(options, SectionName);
    }

    /// <summary>Sets the options that a section has, without a look at rules.</summary>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, or a value has the wrong form.</exception>
    internal static void Bind(IConfiguration section, EventBusOptions options)
    {
        List<ConfigurationProblem> problems = [];
        BusOptionsBinder.Bind(section, RootOf(section), options, problems);
        if (problems.Count > 0)
            throw new InvalidBusOptionsException(problems);
    }

    /// <summary>Checks options that were read from a section, or made in code.</summary>
    /// <exception cref="InvalidBusOptionsException">Rules are broken.</exception>
    internal static void Validate(EventBusOptions options, IConfiguration? section) =>
        BusOptionsRules.ThrowIfBroken(options, section is null ? SectionName : RootOf(section));

    private static string RootOf(IConfiguration section) =>
        section is IConfigurationSection { Path.Length: > 0 } named ? named.Path : SectionName;

    private static EventBusOptions FromText(string text, SettingsFormat format, string source)
    {
        Dictionary<string, string?> settings = SettingsFormats.Parse(text, format, source);
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        IEnumerable<string> others = configuration.GetChildren()
            .Select(static child => child.Key)
            .Where(static key => !key.Equals(SectionName, StringComparison.OrdinalIgnoreCase));
        ConfigurationProblem[] misplaced = [.. others.Select(key =>
            new ConfigurationProblem(key, null, $"is not part of the section {SectionName}, and {source} is for nothing else"))];
        return misplaced.Length > 0 ? throw new InvalidBusOptionsException(misplaced) : Read(configuration.GetSection(SectionName));
    }
}
