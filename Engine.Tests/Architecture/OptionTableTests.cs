using System.Reflection;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Gateway.Streams;
using Engine.Primitives;
using Engine.Storage.Stores;
using Engine.Subscriptions;
using Engine.Tooling;

namespace Engine.Tests.Architecture;

/// <summary>
/// One table states the range of every number and time of public options: the code checks by it, and the documents say the same. Each
/// end is taken, and what is next to it is refused.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OptionTableTests
{
    // Those that any number fits, and those that a program sets and hands on to options of a library.
    private static readonly (string Type, string Property)[] WithoutRange =
    [
        (nameof(EventRetention), nameof(EventRetention.UpTo)),
        (nameof(SubscriptionOptions<>), "Priority"),
        (nameof(BusSubscriptionOptions), "Priority"),
        (nameof(MessageSubscriptionOptions), "Priority"),
    ];

    // The older bus's; and command lines that have been read, and what programs hand on to options of a library: those check them.
    private static readonly string[] CheckedElsewhere =
    [
        "AsyncEventBusConfig", "RunSettings", "BoundarySettings", "ReplaySettings", "SlowHandlerSetting", "HistoryOptions", "HostSettings",
        "CollectSettings",
    ];

    // The kinds of numbers that options have.
    private static readonly Type[] Numbers =
    [
        typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(short), typeof(ushort), typeof(byte), typeof(float),
        typeof(double), typeof(decimal), typeof(TimeSpan),
    ];

    private static readonly string[] Endings = ["Options", "Settings", "Setting", "Retention", "Limits", "Config"];

    private static IEnumerable<TestCaseData> Rows =>
        from one in OptionTables.All
        from row in one.Table.Rows
        select new TestCaseData(one.Type, row).SetArgDisplayNames(one.Type.Name, row.Name);

    private static IEnumerable<Type> OptionTypes => OptionTables.Shipped
        .SelectMany(static assembly => assembly.EntryPoint is null ? assembly.GetExportedTypes() : assembly.GetTypes())
        .Where(static type => type is { IsClass: true, IsAbstract: false }
            && type.Namespace?.StartsWith("Engine", StringComparison.Ordinal) == true
            && Endings.Any(ending => type.Name.Split('`')[0].EndsWith(ending, StringComparison.Ordinal))
            && !CheckedElsewhere.Contains(type.Name) && NumbersOf(type).Any());

    /// <summary>Each is in the type's own table, or is set by a key of a configuration, whose table has it.</summary>
    [TestCaseSource(nameof(OptionTypes))]
    public void Every_number_and_time_is_in_the_table(Type type)
    {
        string[] missing =
        [
            .. NumbersOf(type).Select(static property => property.Name)
                .Except(OptionTables.All.Where(one => one.Type == type).SelectMany(static one => one.Table.Rows)
                    .Select(static row => row.Name))
                .Where(name => !KeyedOptions.Has(type, name) && !WithoutRange.Contains((type.Name.Split('`')[0], name))),
        ];
        Assert.That(missing, Is.Empty, type.FullName);
    }

    private static IEnumerable<PropertyInfo> NumbersOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(static property => property.SetMethod is { IsPublic: true }
            && Numbers.Contains(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));

    [TestCaseSource(nameof(Rows))]
    public void Its_documentation_says_the_range(Type type, OptionRow row) =>
        Assert.That(OptionTables.SummaryOf(type, row.Name), Does.Contain(row.Prose).IgnoreCase);

    [TestCaseSource(nameof(Rows))]
    public void Ends_are_taken_and_what_is_next_to_them_is_refused(Type type, OptionRow row)
    {
        foreach (object end in row.Ends)
        {
            // A rule between two options may still refuse it.
            Exception? refusal = Try(type, row, end);
            if (refusal is not null)
                Assert.That(refusal.Message, Does.Not.Contain(row.Prose).And.Contains("must"), $"{end}");
        }

        foreach (object beyond in row.Beyond)
        {
            Exception? refusal = Try(type, row, beyond);
            Assert.That(refusal, Is.Not.Null, $"{beyond}");
            Assert.That(refusal!.Message, Does.Contain(row.Name), $"{beyond}");
        }
    }

    [Test]
    public void The_page_says_the_same()
    {
        string file = Path.Combine(SourceTree.Root, "docs", "options.md");
        string page = OptionTables.Page();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(file, page);
        Assert.That(File.ReadAllText(file), Is.EqualTo(page), "UPDATE_SNAPSHOTS=1 renews it.");
    }

    internal static Exception? Try(Type type, OptionRow row, object value)
    {
        try
        {
            object options = OptionEndTests.Make(type);
            OptionEndTests.Unwrapped(() => type.GetProperty(row.Name)!.SetValue(options, value));
            OptionEndTests.Check(options);
            return null;
        }
        catch (Exception refusal) when (refusal is ArgumentException or InvalidGatewayOptionsException or UsageException)
        {
            return refusal;
        }
    }
}
