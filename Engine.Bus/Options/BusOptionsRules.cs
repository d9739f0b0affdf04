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
        ("Messages:Retry:BaseDelay", "Messages:Retry:MaxDelay", static o => o.Messages.Retry.BaseDelay <= o.Messages.Retry.MaxDelay),
        .. Ascending("Metrics:LatencyP99", static o => o.Metrics.LatencyP99),
        .. Ascending("Metrics:ErrorRate", static o => o.Metrics.ErrorRate),
        .. Ascending("Metrics:QueueFill", static o => o.Metrics.QueueFill),
        .. Ascending("Metrics:MemoryLoad", static o => o.Metrics.MemoryLoad),
        .. Ascending("Metrics:ProcessorLoad", static o => o.Metrics.ProcessorLoad),
    ];

    /// <summary>The rules between two options, as "this at most that".</summary>
    public static IEnumerable<(string Left, string Right)> AtMost => Orders.Select(static order => (order.Left, order.Right));

    /// <summary>All problems of some options; none if they are right.</summary>
    /// <param name="options">The options.</param>
    /// <param name="root">The path of the bus's section; empty where there is none.</param>
    /// <param name="unread">Paths whose value could not be read, so that rules about it would mislead.</param>
    public static List<ConfigurationProblem> Check(EventBusOptions options, string root, IEnumerable<string>? unread = null)
    {
        string prefix = root.Length == 0 ? "" : root + ":";
        var problems = new List<ConfigurationProblem>();
        if (options.TimeProvider is null)
            problems.Add(new($"{prefix}TimeProvider", null, "must not be null"));
        if (options.Retry is { Random: null })
            problems.Add(new($"{prefix}Retry:Random", null, "must not be null"));
        if (options.Messages?.Retry is { Random: null })
            problems.Add(new($"{prefix}Messages:Retry:Random", null, "must not be null"));
        string[] missing = [
            .. BusOptionKeys.Sections.Where(section => section.Get(options) is null).Select(static section => section.Path)];
        foreach (string path in missing)
        {
            if (!IsBelow(path, missing))
                problems.Add(new ConfigurationProblem(prefix + path, null, "must not be null"));
        }

        var outOfRange = new HashSet<string>(unread ?? []);
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All)
        {
            if (IsBelow(key.Path, missing) || key.IsInRange(options))
                continue;
            outOfRange.Add(key.Path);
            string rule = key.Range.Length > 0 ? $"must be {key.Range}" : key.Expected;
            problems.Add(new ConfigurationProblem(prefix + key.Path, key.Format(options), rule));
        }

        foreach ((string left, string right, Func<EventBusOptions, bool> holds) in Orders)
        {
            if (IsBelow(left, missing) || outOfRange.Contains(left) || outOfRange.Contains(right) || holds(options))
                continue;
            string rule = $"must be at most {prefix}{right}, which is {KeyOf(right).Format(options)}";
            problems.Add(new ConfigurationProblem(prefix + left, KeyOf(left).Format(options), rule));
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

    /// <summary>Checks retry options that stand alone, by the same ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rule is broken; the message has rule, value and name.</exception>
    public static void ThrowIfBroken(RetryOptions retry)
    {
        var options = new EventBusOptions { Retry = retry };
        if (Check(options, root: "") is not [ConfigurationProblem problem, ..])
            return;
        string name = problem.Path[(problem.Path.LastIndexOf(':') + 1)..];
        throw new ArgumentOutOfRangeException(name, KeyOf(problem.Path).ValueOf(options), $"{problem.Path} {problem.Rule}.");
    }

    private static bool IsBelow(string path, string[] sections) =>
        sections.Any(section => path.StartsWith(section + ":", StringComparison.Ordinal));

    private static OptionKey<EventBusOptions> KeyOf(string path) => BusOptionKeys.All.Single(key => key.Path == path);

    private static (string Left, string Right, Func<EventBusOptions, bool> Holds)[] Ascending<T>(
        string path, Func<EventBusOptions, Thresholds<T>> of)
        where T : struct, IComparable<T> =>
    [
        (path + ":Clear", path + ":Degraded", o => of(o).Clear.CompareTo(of(o).Degraded) <= 0),
        (path + ":Degraded", path + ":Unhealthy", o => of(o).Degraded.CompareTo(of(o).Unhealthy) <= 0),
    ];
}
