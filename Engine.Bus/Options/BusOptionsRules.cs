namespace Engine.Bus.Options;

/// <summary>What options must keep to: ranges, and rules between two of them.</summary>
internal static class BusOptionsRules
{
    private static readonly (string Left, string Right, Func<EventBusOptions, bool> Holds)[] Orders =
    [
        ("Batch:MinSize", "Batch:Size", static o => o.Batch.MinSize <= o.Batch.Size),
        ("Batch:Size", "Batch:MaxSize", static o => o.Batch.Size <= o.Batch.MaxSize),
        ("Batch:MinSize", "Batch:MaxSize", static o => o.Batch.MinSize <= o.Batch.MaxSize),
        ("Retry:BaseDelay", "Retry:MaxDelay", static o => o.Retry.BaseDelay <= o.Retry.MaxDelay),
        .. Ascending("Metrics:LatencyP99", static o => o.Metrics.LatencyP99),
        .. Ascending("Metrics:ErrorRate", static o => o.Metrics.ErrorRate),
        .. Ascending("Metrics:QueueFill", static o => o.Metrics.QueueFill),
        .. Ascending("Metrics:MemoryLoad", static o => o.Metrics.MemoryLoad),
    ];

    /// <summary>The rules between two options, as "this at most that".</summary>
    public static IEnumerable<(string Left, string Right)> AtMost => Orders.Select(static order => (order.Left, order.Right));

    /// <summary>All problems of some options; none if they are right.</summary>
    /// <param name="options">The options.</param>
    /// <param name="root">The path of the bus's section.</param>
    /// <param name="unread">Paths whose value could not be read, so that rules about it would mislead.</param>
    public static List<ConfigurationProblem> Check(EventBusOptions options, string root, IEnumerable<string>? unread = null)
    {
        var problems = new List<ConfigurationProblem>();
        if (options.TimeProvider is null)
            problems.Add(new($"{root}:TimeProvider", null, "must not be null"));
        string[] missing = [.. BusOptionKeys.Sections.Where(section => section.Get(options) is null).Select(static section => section.Path)];
        problems.AddRange(missing.Where(path => !IsBelow(path, missing)).Select(path => new ConfigurationProblem($"{root}:{path}", null, "must not be null")));
        var outOfRange = new HashSet<string>(unread ?? []);
        foreach (OptionKey key in BusOptionKeys.All)
        {
            if (IsBelow(key.Path, missing) || key.IsInRange(options))
                continue;
            outOfRange.Add(key.Path);
            string rule = key.Range.Length > 0 ? $"must be {key.Range}" : key.Expected;
            problems.Add(new ConfigurationProblem($"{root}:{key.Path}", key.Format(options), rule));
        }

        foreach ((string left, string right, Func<EventBusOptions, bool> holds) in Orders)
        {
            if (!IsBelow(left, missing) && !outOfRange.Contains(left) && !outOfRange.Contains(right) && !holds(options))
                problems.Add(new ConfigurationProblem($"{root}:{left}", Text(options, left), $"must be at most {root}:{right}, which is {Text(options, right)}"));
        }

        return problems;
    }

    /// <summary>Checks options and throws if any rule is broken.</summary>
    /// <param name="options">The options.</param>
    /// <param name="root">The path of the bus's section.</param>
    /// <exception cref="InvalidBusOptionsException">Rules are broken; the message lists all of them.</exception>
    public static void ThrowIfBroken(EventBusOptions options, string root)
    {
        List<ConfigurationProblem> problems = Check(options, root);
        if (problems.Count > 0)
            throw new InvalidBusOptionsException(problems);
    }

    private static bool IsBelow(string path, string[] sections) =>
        sections.Any(section => path.StartsWith(section + ":", StringComparison.Ordinal));

    private static string Text(EventBusOptions options, string path) =>
        BusOptionKeys.All.Single(key => key.Path == path).Format(options);

    private static (string Left, string Right, Func<EventBusOptions, bool> Holds)[] Ascending<T>(
        string path, Func<EventBusOptions, Thresholds<T>> of)
        where T : struct, IComparable<T> =>
    [
        (path + ":Clear", path + ":Degraded", o => of(o).Clear.CompareTo(of(o).Degraded) <= 0),
        (path + ":Degraded", path + ":Unhealthy", o => of(o).Degraded.CompareTo(of(o).Unhealthy) <= 0),
    ];
}
