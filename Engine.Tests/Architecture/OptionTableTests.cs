using System.Reflection;
using Engine.Emulator;
using Engine.Gateway.Streams;
using Engine.Primitives;
using Engine.Storage.Stores;

namespace Engine.Tests.Architecture;

/// <summary>
/// One table states the range of every number and time of public options: the code checks by it, and the documents say the same. Each
/// end is taken, and what is next to it is refused.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OptionTableTests
{
    // Bytes that looking at options, and making what they are of, may allocate, however large the numbers are.
    private const long MostBytes = 16 << 20;

    // Those that any number fits, and those whose rule is no range.
    private static readonly (Type Type, string Property)[] WithoutRange =
    [
        (typeof(EventRetention), nameof(EventRetention.UpTo)),
        (typeof(MachineOptions), nameof(MachineOptions.RamSize)),
        (typeof(MachineOptions), nameof(MachineOptions.HotSpotThreshold)),
    ];

    private static IEnumerable<TestCaseData> Rows =>
        from one in OptionTables.All
        from row in one.Table.Rows
        select new TestCaseData(one.Type, row).SetArgDisplayNames(one.Type.Name, row.Name);

    private static IEnumerable<Type> OptionTypes => OptionEndTests.Libraries.SelectMany(static library => library.GetExportedTypes())
        .Where(static type => type is { IsGenericTypeDefinition: false, IsAbstract: false }
            && type.Name.EndsWith("Options", StringComparison.Ordinal)
            // The bus's have their table of keys, the older buses' theirs, and the board's is the machine's.
            && type.Assembly != typeof(Engine.Bus.EventBusOptions).Assembly && type.Namespace != "Engine.Emulator.Platform");

    [TestCaseSource(nameof(OptionTypes))]
    public void Every_number_and_time_is_in_the_table(Type type)
    {
        IEnumerable<string> numbers = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.SetMethod is { IsPublic: true } && OptionEndTests.EndsOf(property.PropertyType).Length > 0)
            .Where(property => !WithoutRange.Contains((type, property.Name)))
            .Select(static property => property.Name);
        Assert.That(
            OptionTables.All.Where(one => one.Type == type).SelectMany(static one => one.Table.Rows).Select(static row => row.Name),
            Is.EquivalentTo(numbers));
    }

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

    [TestCaseSource(nameof(Rows))]
    public void An_end_allocates_nothing_by_its_size(Type type, OptionRow row)
    {
        foreach (object end in row.Ends)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Try(type, row, end);
            if (type == typeof(GatewayOptions))
            {
                object options = OptionEndTests.Make(type);
                type.GetProperty(row.Name)!.SetValue(options, end);
                try
                {
                    new EventGateway(options: (GatewayOptions)options).DisposeAsync().AsTask().GetAwaiter().GetResult();
                }
                catch (InvalidGatewayOptionsException)
                {
                    // A rule between two options.
                }
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytes), $"{end}");
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

    private static Exception? Try(Type type, OptionRow row, object value)
    {
        try
        {
            object options = OptionEndTests.Make(type);
            OptionEndTests.Unwrapped(() => type.GetProperty(row.Name)!.SetValue(options, value));
            OptionEndTests.Check(options);
            return null;
        }
        catch (Exception refusal) when (refusal is ArgumentException or InvalidGatewayOptionsException)
        {
            return refusal;
        }
    }
}
