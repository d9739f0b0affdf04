using Engine.Bus.Configuration;
using Engine.Gateway.Access;
using Engine.Gateway.Feeds;
using Engine.Gateway.Streams;
using Engine.Tooling;
using Microsoft.Extensions.Configuration;

namespace Engine.Gateway.Hosting;

/// <summary>Reads the settings of a host, and says all that is wrong with them.</summary>
internal sealed class HostConfiguration
{
    private static readonly string[] Sections =
    [
        GatewayOptions.SectionName, AccessOptions.SectionName, LogFeedOptions.SectionName, RequestLogOptions.SectionName, "Logging",
        "AllowedHosts",
    ];

    private readonly List<string> _problems = [];

    private HostConfiguration(IConfigurationRoot configuration, IReadOnlyCollection<string> more)
    {
        Root = configuration;
        foreach (IConfigurationSection unknown in configuration.GetChildren()
            .Where(child => !Sections.Concat(more).Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
            _problems.Add($"{unknown.Key} is no section; known are {string.Join(", ", Sections.Concat(more))}.");
        _problems.AddRange(Sections.Concat(more).Where(name => !string.IsNullOrEmpty(configuration[name])).Select(name =>
            $"{name} must be a section; it is \"{ToolProgram.Shorten(configuration[name]!)}\"."));
        Gateway = Bind(GatewayOptions.SectionName, new GatewayOptions());
        _problems.AddRange(GatewayOptionsRules.FindProblems(Gateway).Select(static problem => $"Sse:{problem}"));
        Access = Bind(AccessOptions.SectionName, new AccessOptions());
        _problems.AddRange(Access.FindProblems());
        Log = Bind(LogFeedOptions.SectionName, new LogFeedOptions());
        Requests = Bind(RequestLogOptions.SectionName, new RequestLogOptions());
        _problems.AddRange(LogFeedOptions.Ranges.Broken(Log).Select(row => $"LogFeed:{GatewayOptionsRules.Problem(row, Log)}"));
    }

    public IConfigurationRoot Root { get; }

    public GatewayOptions Gateway { get; }

    public AccessOptions Access { get; }

    public LogFeedOptions Log { get; }

    public RequestLogOptions Requests { get; }

    /// <summary>Reads settings; of two for one key the later counts: files, the environment, single settings.</summary>
    /// <param name="files">Files of settings, as <c>--config</c> names them.</param>
    /// <param name="settings">Single settings, <c>KEY=VALUE</c>, as <c>--set</c> has them.</param>
    /// <param name="more">Sections that the program reads itself.</param>
    /// <exception cref="UsageException">Files cannot be read, or settings are wrong.</exception>
    public static HostConfiguration Read(
        IReadOnlyList<string> files, IReadOnlyList<string> settings, params IReadOnlyCollection<string> more)
    {
        var builder = new ConfigurationBuilder();
        foreach (string file in files)
            builder.AddInMemoryCollection(ValuesOf(file));
        builder.AddInMemoryCollection(FromEnvironment());
        builder.AddInMemoryCollection(settings.Select(PairOf));
        IConfigurationRoot root = builder.Build();

        var configuration = new HostConfiguration(root, more);
        if (configuration._problems.Count > 0)
            throw new UsageException("settings are not right: " + string.Join(" ", configuration._problems));
        return configuration;
    }

    private static Dictionary<string, string?> ValuesOf(string file)
    {
        try
        {
            if (FileKinds.Of(file) != FileKind.Regular)
                throw new UsageException($"--config: {file} is no file");
            return SettingsFormats.Parse(SettingsText.OfFile(file), SettingsFormat.Json, file).Values;
        }
        catch (SettingsFormatException error)
        {
            throw new UsageException($"--config: {error.Message}");
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"--config: {file} cannot be read ({error.Message})");
        }
    }

    // Every setting is in a section: what has none is a variable of somebody else's.
    private static IEnumerable<KeyValuePair<string, string?>> FromEnvironment() =>
        new ConfigurationBuilder().AddEnvironmentVariables("ENGINE_").Build().AsEnumerable()
            .Where(static pair => pair.Value is not null && pair.Key.Contains(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal));

    private static KeyValuePair<string, string?> PairOf(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new KeyValuePair<string, string?>(setting[..equals], setting[(equals + 1)..])
            : throw new UsageException($"--set: \"{ToolProgram.Shorten(setting)}\" is not KEY=VALUE");
    }

    private T Bind<T>(string name, T options)
        where T : class
    {
        IConfigurationSection section = Root.GetSection(name);
        _problems.AddRange(SettingNames.FindUnknown(section, typeof(T)));
        // One by one, so that a value that cannot be read hides none of the others.
        foreach (IConfigurationSection setting in section.GetChildren())
        {
            try
            {
                new ConfigurationBuilder().AddInMemoryCollection(OnlyOf(setting, name)).Build().Bind(options);
            }
            catch (InvalidOperationException error)
            {
                _problems.Add($"{setting.Path}: {error.InnerException?.Message ?? error.Message}");
            }
        }

        return options;
    }

    private static IEnumerable<KeyValuePair<string, string?>> OnlyOf(IConfigurationSection setting, string section) =>
        setting.AsEnumerable().Select(pair => KeyValuePair.Create(pair.Key[(section.Length + 1)..], pair.Value));
}
