using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Engine.Bus;
using Engine.Dashboard.Hosting;
using Engine.Fleet.Hosts;
using Engine.Migration.Cli;
using Engine.PerfCollect.Collect;
using Engine.Primitives;
using Engine.Server.History;
using Engine.Storage.Hosting.Configuration;
using Engine.Tooling;

namespace Engine.Tests.Architecture;

/// <summary>The tables of ranges of all public options, and what the documents say of them.</summary>
internal static class OptionTables
{
    private static readonly ConcurrentDictionary<Assembly, XDocument> Files = [];

    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>All that is shipped: libraries, and programs, whose settings are internal.</summary>
    public static IReadOnlyList<Assembly> Shipped { get; } =
    [
        .. OptionEndTests.Libraries, typeof(EventDrivenConfiguration).Assembly, typeof(ToolProgram).Assembly,
        typeof(EngineDashboardExtensions).Assembly, typeof(HistorySettings).Assembly, typeof(SampleSetting).Assembly,
        typeof(MigrationCommandLine).Assembly, typeof(CollectSettings).Assembly,
    ];

    /// <summary>All tables, by the types they are of.</summary>
    public static IReadOnlyList<(Type Type, OptionTable Table)> All { get; } =
    [
        .. Shipped.SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => !type.IsGenericTypeDefinition)
            .Select(static type => (
                type, type.GetProperty("Ranges", AnyStatic | BindingFlags.DeclaredOnly)?.GetValue(null) as OptionTable))
            // Some tables stand beside the type they are of.
            .Where(static found => found.Item2?.GetType().GetGenericArguments().Single() == found.type)
            .OrderBy(static found => found.type.Assembly.GetName().Name, StringComparer.Ordinal)
            .ThenBy(static found => found.type.Name, StringComparer.Ordinal)
            .Select(static found => (found.type, found.Item2!)),
    ];

    /// <summary>The page of all ranges.</summary>
    public static string Page()
    {
        var text = new StringBuilder(
            """
            # Ranges of options

            What each number and time of an options class may be, and what it is unless it is set. A value outside is refused when the
            options are used, by an exception that names option, value and range. Made from the tables in the code by `OptionTableTests`
            (`UPDATE_SNAPSHOTS=1` renews it). The options of a bus, and of the storage built on one, are keys of their configuration:
            [configuration](configuration.md).

            """);
        foreach (IGrouping<string?, (Type Type, OptionTable Table)> library in All.GroupBy(static one => one.Type.Assembly.GetName().Name))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {library.Key}\n");
            foreach ((Type type, OptionTable table) in library)
            {
                object options = OptionEndTests.Make(type);
                text.Append(CultureInfo.InvariantCulture, $"\n`{type.Name}`\n\n| Option | Default | Range |\n| --- | --- | --- |\n");
                foreach (OptionRow row in table.Rows)
                {
                    object? value = type.GetProperty(row.Name)!.GetValue(options);
                    string initial = IsRequired(type, row.Name) ? "required" : value is null && type == typeof(BusSubscriptionOptions)
                        ? "the bus's" : Text(value);
                    text.Append(CultureInfo.InvariantCulture, $"| `{row.Name}` | {initial} | {row.Prose} |\n");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>What the documentation of a property says.</summary>
    public static string SummaryOf(Type type, string property)
    {
        XElement[] members = [.. Files.GetOrAdd(type.Assembly, static assembly => XDocument.Load(
            Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml"))).Descendants("member")];
        XElement? found = Member($"P:{type.FullName}.{property}")?.Element("summary")
            ?? Member($"T:{type.FullName}")?.Elements("param").FirstOrDefault(one => (string?)one.Attribute("name") == property);
        if (found is null)
            return "";
        var summary = new XElement(found);
        foreach (XElement reference in summary.Descendants().Where(static one => one.Attribute("cref") is not null).ToArray())
            reference.ReplaceWith(((string)reference.Attribute("cref")!).Split('.')[^1]);
        return string.Join(' ', summary.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        XElement? Member(string name) => members.FirstOrDefault(member => (string?)member.Attribute("name") == name);
    }

    // Settings have their defaults where they are read.
    private static bool IsRequired(Type type, string property) => type != typeof(HistorySettings)
        && type.GetConstructors().SelectMany(static constructor => constructor.GetParameters())
            .Any(parameter => parameter.Name == property && !parameter.HasDefaultValue);

    private static string Text(object? value) => value switch
    {
        null => "none",
        TimeSpan time when time == Timeout.InfiniteTimeSpan => "no limit",
        TimeSpan time => DurationText.Prose(time),
        long.MaxValue => "no limit",
        double number => number.ToString("#,0.##", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
