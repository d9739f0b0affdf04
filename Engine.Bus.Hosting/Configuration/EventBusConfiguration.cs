using Engine.Bus.Options;
using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>
/// Reads the options of a bus from a configuration, a text or a file, adds files of settings to a configuration, and checks options
/// that code has made. All keys are
/// known by name: one that is not is an error. All problems are found in one go. Thread-safe; allocates; the methods for
/// files block while they read.
/// </summary>
public static partial class EventBusConfiguration
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
        return TryRead(section, defaults, new SettingsPlaces(section as IConfigurationRoot), out problems);
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

    /// <summary>
    /// Reads options from a file of JSON or YAML, told by the ending <c>.json</c>, <c>.yaml</c> or <c>.yml</c>. Sections beside that
    /// of the bus are others' business.
    /// </summary>
    /// <exception cref="ArgumentException">The ending is another.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="SettingsFormatException">
    /// The text is not of the format, not UTF-8 or longer than 4 MiB, or names a key twice.
    /// </exception>
    /// <exception cref="InvalidBusOptionsException">A key is unknown, a value has the wrong form, or a rule is broken.</exception>
    public static EventBusOptions FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        SettingsFormat format = SettingsFormats.OfFile(path);
        return FromText(SettingsText.OfFile(path), format, path);
    }

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
        BusOptionsBinder.Instance.Bind(section, RootOf(section), options, problems);
        if (problems.Count > 0)
            throw new InvalidBusOptionsException(problems);
    }

    /// <summary>Reads options from a section in the way of the caller's own, and checks them.</summary>
    /// <param name="section">The section; null if the options come from code only.</param>
    /// <param name="root">The root of its configuration, which knows places; null if it is not known.</param>
    /// <param name="create">Makes the options.</param>
    /// <exception cref="InvalidBusOptionsException">The section or the options are wrong.</exception>
    internal static EventBusOptions Create(IConfiguration? section, IConfigurationRoot? root, Func<EventBusOptions> create)
    {
        string path = section is null ? SectionName : RootOf(section);
        var places = new SettingsPlaces(section is null ? null : root);
        List<ConfigurationProblem> problems;
        try
        {
            EventBusOptions options = create();
            problems = places.Complete(path, BusOptionsRules.Check(options, path));
            if (problems.Count == 0)
                return options;
        }
        catch (InvalidBusOptionsException e)
        {
            problems = places.Complete(path, e.Problems);
        }

        throw new InvalidBusOptionsException(problems);
    }

    /// <summary>Reads options from a section of a configuration whose root is known.</summary>
    /// <exception cref="InvalidBusOptionsException">The section or the options are wrong.</exception>
    internal static EventBusOptions Read(IConfiguration section, EventBusOptions? defaults, IConfigurationRoot? root) =>
        TryRead(
            section, defaults, new SettingsPlaces(root ?? section as IConfigurationRoot), out IReadOnlyList<ConfigurationProblem> problems)
            ?? throw new InvalidBusOptionsException(problems);

    private static EventBusOptions? TryRead(
        IConfiguration section, EventBusOptions? defaults, SettingsPlaces places, out IReadOnlyList<ConfigurationProblem> problems)
    {
        if (defaults is not null && BusOptionKeys.Sections.Any(part => part.Get(defaults) is null))
        {
            problems = Check(defaults);
            return null;
        }

        EventBusOptions options = defaults is null ? new EventBusOptions() : defaults.Copy();
        string root = RootOf(section);
        List<ConfigurationProblem> found = [];
        BusOptionsBinder.Instance.Bind(section, root, options, found);
        string[] unread = [
            .. found.Where(problem => problem.Path.Length > root.Length).Select(problem => problem.Path[(root.Length + 1)..])];
        found.AddRange(BusOptionsRules.Check(options, root, unread));
        problems = places.Complete(root, found);
        return problems.Count == 0 ? options : null;
    }

    private static string RootOf(IConfiguration section) =>
        section is IConfigurationSection { Path.Length: > 0 } named ? named.Path : SectionName;

    private static EventBusOptions FromText(string text, SettingsFormat format, string source)
    {
        ParsedSettings settings = SettingsFormats.Parse(text, format, source);
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Values).Build();
        if (settings.Values.Count > 0 && settings.NodeOf(SectionName) is null && !configuration.GetSection(SectionName).Exists())
            throw new InvalidBusOptionsException([Missing(configuration, source)]);
        return TryRead(
            configuration.GetSection(SectionName), null, new SettingsPlaces(settings), out IReadOnlyList<ConfigurationProblem> problems)
            ?? throw new InvalidBusOptionsException(problems);
    }

    /// <summary>Says that a text has no section of the bus, and what may have been meant.</summary>
    private static ConfigurationProblem Missing(IConfigurationRoot configuration, string source)
    {
        string[] others = [.. configuration.GetChildren().Select(static child => child.Key)];
        string hint = "";
        if (others.FirstOrDefault(static key => NearMiss.Find(key, [SectionName]) is not null) is { } near)
            hint = $"; {near} may have been meant for it";
        else if (others.FirstOrDefault(IsKnown) is { } key)
            hint = $"; {key} belongs below it";
        return new ConfigurationProblem(SectionName, null, $"is no section of {source}{hint}");

        static bool IsKnown(string key) => BusOptionKeys.All.Any(
            known => known.Path.Equals(key, StringComparison.OrdinalIgnoreCase)
                || known.Path.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase));
    }
}
