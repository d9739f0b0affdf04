using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Bus.Options;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Idempotency;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;
using static Engine.Bus.Options.OptionChange;

namespace Engine.Storage.Facade;

/// <summary>
/// All keys of the configuration, with the forms and ranges of the bus's. Binding, validation and the documentation go by this one list.
/// </summary>
internal static class EventDrivenKeys
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly OptionForm<long> Bytes = new(
        "bytes", "must be a number of bytes such as 65536, 64 KiB or 1 MiB", ByteText.TryParse, ByteText.Format);

    private static readonly OptionForm<long> Whole = new(
        "integer", "must be a whole number such as 100000", LongText.TryParse, LongText.Format);

    private static readonly OptionForm<long> WholeOrUnlimited = new(
        $"integer or {OptionRange.Unlimited}", $"must be a whole number such as 1000000, or {OptionRange.Unlimited}",
        LongText.TryParseOrUnlimited, LongText.FormatOrUnlimited);

    private static readonly OptionForm<long> BytesOrUnlimited = new(
        $"bytes or {OptionRange.Unlimited}", $"must be a number of bytes such as 65536, 64 KiB or 1 MiB, or {OptionRange.Unlimited}",
        ByteText.TryParseOrUnlimited, ByteText.Format);

    private static readonly OptionForm<IReadOnlyList<string>> Names = new(
        "list of names or patterns", "must be a list of event names or patterns", TryParseNames,
        static names => string.Join(", ", names), IsList: true);

    private static readonly OptionForm<TimeSpan> OffForm = new(
        "duration or off", "must be a duration such as 30s or 2m, or off",
        static (string text, out TimeSpan value) =>
        {
            value = TimeSpan.Zero;
            return text.AsSpan().Trim().Equals("off", StringComparison.OrdinalIgnoreCase) || DurationText.TryParse(text, out value);
        },
        static value => value == TimeSpan.Zero ? "off" : DurationText.Format(value));

    /// <summary>The keys, in the order of the documentation.</summary>
    public static IReadOnlyList<OptionKey<EventDrivenConfig>> All { get; } =
    [
        List("Bus:EventTypes", static c => c.Bus.EventTypes, static (c, v) => c.Bus.EventTypes = v),
        Integer("Bus:ChannelCapacity", OptionRanges.QueueCapacity,
            static c => c.Bus.ChannelCapacity, static (c, v) => c.Bus.ChannelCapacity = v),
        Integer("Bus:OutputBuffer", OptionRanges.QueueCapacity, static c => c.Bus.OutputBuffer, static (c, v) => c.Bus.OutputBuffer = v),
        Boolean("Bus:Strict", static c => c.Bus.Strict, static (c, v) => c.Bus.Strict = v),

        Key("Store:Provider", OptionForm.Choice<StoreProvider>(), OptionRange.Named<StoreProvider>(),
            static c => c.Store.Provider, static (c, v) => c.Store.Provider = v),
        Key("Store:Connection", OptionForm.Text, new OptionRange<string?>("text", static text => !string.IsNullOrWhiteSpace(text)),
            static c => c.Store.Connection, static (c, v) => c.Store.Connection = v),
        Integer("Store:MaxConnections", DatabaseOptions.Ranges.RangeOf<int>(nameof(DatabaseOptions.MaxReaders)),
            static c => c.Store.MaxConnections, static (c, v) => c.Store.MaxConnections = v),
        Duration("Store:AcquireTimeout", DatabaseOptions.Ranges.RangeOf<TimeSpan>(nameof(DatabaseOptions.AcquireTimeout)),
            static c => c.Store.AcquireTimeout, static (c, v) => c.Store.AcquireTimeout = v),
        Duration("Store:GroupCommitDelay", DatabaseOptions.Ranges.RangeOf<TimeSpan>(nameof(DatabaseOptions.GroupCommitDelay)),
            static c => c.Store.GroupCommitDelay, static (c, v) => c.Store.GroupCommitDelay = v),
        Duration("Store:MaxClockSkew", EventLimits.Ranges.RangeOf<TimeSpan>(nameof(EventLimits.MaxClockSkew)),
            static c => c.Store.MaxClockSkew, static (c, v) => c.Store.MaxClockSkew = v),
        Key("Store:MaxEventBytes", Bytes, EventLimits.Ranges.RangeOf<int>(nameof(EventLimits.MaxDataBytes)).As<int, long>(),
            static c => c.Store.MaxEventBytes, static (c, v) => c.Store.MaxEventBytes = v),
        Integer("Store:Cache:MaxEvents", EventStoreOptions.Ranges.RangeOf<int>(nameof(EventStoreOptions.CacheCount)),
            static c => c.Store.CacheMaxEvents, static (c, v) => c.Store.CacheMaxEvents = v),
        Key("Store:Cache:MaxBytes", Bytes, EventStoreOptions.Ranges.RangeOf<long>(nameof(EventStoreOptions.CacheBytes)),
            static c => c.Store.CacheMaxBytes, static (c, v) => c.Store.CacheMaxBytes = v),
        Key("Store:Retention:MaxAge", OptionForm.DurationOrUnlimited(TimeSpan.MaxValue),
            OptionRange.OrUnlimited(EventRetention.Ranges.RangeOf<TimeSpan>(nameof(EventRetention.MaxAge)), TimeSpan.MaxValue),
            static c => c.Store.RetentionMaxAge, static (c, v) => c.Store.RetentionMaxAge = v),
        Key("Store:Retention:MaxBytes", BytesOrUnlimited,
            OptionRange.OrUnlimited(EventRetention.Ranges.RangeOf<long>(nameof(EventRetention.MaxBytes)), long.MaxValue),
            static c => c.Store.RetentionMaxBytes, static (c, v) => c.Store.RetentionMaxBytes = v),
        Key("Store:Retention:MaxEvents", WholeOrUnlimited,
            OptionRange.OrUnlimited(EventRetention.Ranges.RangeOf<long>(nameof(EventRetention.MaxCount)), long.MaxValue),
            static c => c.Store.RetentionMaxEvents, static (c, v) => c.Store.RetentionMaxEvents = v),
        Key("Store:Retention:ByType", TypeAgeText.Form, TypeAgeText.Range,
            static c => c.Store.RetentionByType, static (c, v) => c.Store.RetentionByType = v),

        Integer("Outbox:BatchSize", OutboxOptions.Ranges.RangeOf<int>(nameof(OutboxOptions.BatchSize)),
            static c => c.Outbox.BatchSize, static (c, v) => c.Outbox.BatchSize = v),
        Duration("Outbox:PollInterval", OutboxTime(nameof(OutboxOptions.PollInterval)),
            static c => c.Outbox.PollInterval, static (c, v) => c.Outbox.PollInterval = v),
        Duration("Outbox:Lease", OutboxTime(nameof(OutboxOptions.Lease)),
            static c => c.Outbox.Lease, static (c, v) => c.Outbox.Lease = v),
        Integer("Outbox:MaxAttempts", OutboxOptions.Ranges.RangeOf<int>(nameof(OutboxOptions.MaxAttempts)),
            static c => c.Outbox.MaxAttempts, static (c, v) => c.Outbox.MaxAttempts = v),
        Duration("Outbox:BaseDelay", OutboxTime(nameof(OutboxOptions.BaseDelay)),
            static c => c.Outbox.BaseDelay, static (c, v) => c.Outbox.BaseDelay = v),
        Duration("Outbox:MaxDelay", OutboxTime(nameof(OutboxOptions.MaxDelay)),
            static c => c.Outbox.MaxDelay, static (c, v) => c.Outbox.MaxDelay = v),
        Duration("Outbox:KeepProcessed", OutboxTime(nameof(OutboxOptions.ProcessedRetention)),
            static c => c.Outbox.KeepProcessed, static (c, v) => c.Outbox.KeepProcessed = v),

        Integer("DeadLetters:MaxRetries", OptionRange.Of(1, 1_000_000),
            static c => c.DeadLetters.MaxRetries, static (c, v) => c.DeadLetters.MaxRetries = v),
        Integer("DeadLetters:BatchSize", OptionRange.Of(1, SqlDeadLetters.MaxPageLength),
            static c => c.DeadLetters.BatchSize, static (c, v) => c.DeadLetters.BatchSize = v),
        Key("DeadLetters:Interval", OffForm, new OptionRange<TimeSpan>(
                "1s to 1d, or off", static value => value == TimeSpan.Zero || (value >= Second && value <= Day)),
            static c => c.DeadLetters.Interval, static (c, v) => c.DeadLetters.Interval = v),
        Duration("DeadLetters:Retention", DeadLetterOptions.Ranges.RangeOf<TimeSpan>(nameof(DeadLetterOptions.Retention)),
            static c => c.DeadLetters.Retention, static (c, v) => c.DeadLetters.Retention = v),
        Key("DeadLetters:MaxCount", Whole, DeadLetterOptions.Ranges.RangeOf<long>(nameof(DeadLetterOptions.MaxCount)),
            static c => c.DeadLetters.MaxCount, static (c, v) => c.DeadLetters.MaxCount = v),

        Duration("Idempotency:Window", SqlIdempotencyOptions.Ranges.RangeOf<TimeSpan>(nameof(SqlIdempotencyOptions.Window)),
            static c => c.Idempotency.Window, static (c, v) => c.Idempotency.Window = v),
        Key("Idempotency:MaxKeys", Whole, SqlIdempotencyOptions.Ranges.RangeOf<long>(nameof(SqlIdempotencyOptions.Capacity)),
            static c => c.Idempotency.MaxKeys, static (c, v) => c.Idempotency.MaxKeys = v),
        Duration("Idempotency:Lease", IdempotencyOptions.Ranges.RangeOf<TimeSpan>(nameof(IdempotencyOptions.ClaimLease)),
            static c => c.Idempotency.Lease, static (c, v) => c.Idempotency.Lease = v),

        List("Processors:EventTypes", static c => c.Processors.EventTypes, static (c, v) => c.Processors.EventTypes = v),
        Integer("Processors:Pool:Parallelism", ExecutorPoolOptions.Ranges.RangeOf<int>(nameof(ExecutorPoolOptions.Parallelism)),
            static c => c.Processors.PoolParallelism, static (c, v) => c.Processors.PoolParallelism = v),
        Integer("Processors:Pool:Queue", ExecutorPoolOptions.Ranges.RangeOf<int>(nameof(ExecutorPoolOptions.QueueCapacity)),
            static c => c.Processors.PoolQueue, static (c, v) => c.Processors.PoolQueue = v),
        Boolean("Processors:Pool:DedicatedThreads",
            static c => c.Processors.PoolDedicatedThreads, static (c, v) => c.Processors.PoolDedicatedThreads = v),
        Duration("Processors:Timeout", Millisecond, Day,
            static c => c.Processors.Timeout, static (c, v) => c.Processors.Timeout = v),

        List("Publishers:EventTypes", static c => c.Publishers.EventTypes, static (c, v) => c.Publishers.EventTypes = v),
        Duration("Publishers:Timeout", Millisecond, Day,
            static c => c.Publishers.Timeout, static (c, v) => c.Publishers.Timeout = v),
        Integer("Publishers:Breaker:Failures", OptionRange.Of(2, 1000),
            static c => c.Publishers.BreakerFailures, static (c, v) => c.Publishers.BreakerFailures = v),
        Duration("Publishers:Breaker:Duration", Second, Day,
            static c => c.Publishers.BreakerDuration, static (c, v) => c.Publishers.BreakerDuration = v),

        Integer("Snapshots:Every", AggregateRepositoryOptions.Ranges.RangeOf<int>(nameof(AggregateRepositoryOptions.SnapshotEvery)),
            static c => c.Snapshots.Every, static (c, v) => c.Snapshots.Every = v),
        Integer("Snapshots:Keep", OptionRange.Of(1, 1000), static c => c.Snapshots.Keep, static (c, v) => c.Snapshots.Keep = v),
    ];

    /// <summary>The paths of the sections that the keys are in.</summary>
    public static IReadOnlyList<string> Sections { get; } =
    [
        "Bus", "Store", "Store:Cache", "Store:Retention", "Outbox", "DeadLetters", "Idempotency", "Processors", "Processors:Pool",
        "Publishers", "Publishers:Breaker", "Snapshots",
    ];

    /// <summary>All problems of a configuration; none if it is right.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="root">The path of its section.</param>
    /// <param name="unread">Paths whose value could not be read, so that rules about it would mislead.</param>
    public static List<ConfigurationProblem> Check(EventDrivenConfig config, string root, IEnumerable<string>? unread = null)
    {
        if (new object?[]
        {
            config.Bus, config.Store, config.Outbox, config.DeadLetters, config.Idempotency, config.Processors, config.Publishers,
            config.Snapshots, config.Store?.RetentionByType,
            config.Bus?.EventTypes, config.Processors?.EventTypes, config.Publishers?.EventTypes,
        }.Contains(null))
        {
            return [new ConfigurationProblem(root, null, "must have no part that is null")];
        }

        var problems = new List<ConfigurationProblem>();
        var wrong = new HashSet<string>(unread ?? []);
        foreach (OptionKey<EventDrivenConfig> key in All.Where(key => !key.IsInRange(config)))
        {
            wrong.Add(key.Path);
            problems.Add(new ConfigurationProblem(
                $"{root}:{key.Path}", key.Format(config), key.Range.Length > 0 ? $"must be {key.Range}" : key.Expected));
        }

        if (!wrong.Contains("Outbox:BaseDelay") && !wrong.Contains("Outbox:MaxDelay")
            && config.Outbox!.BaseDelay > config.Outbox.MaxDelay)
        {
            problems.Add(new ConfigurationProblem(
                $"{root}:Outbox:BaseDelay", DurationText.Format(config.Outbox.BaseDelay),
                $"must be at most {root}:Outbox:MaxDelay, which is {DurationText.Format(config.Outbox.MaxDelay)}"));
        }

        return problems;
    }

    /// <summary>Checks a configuration that code has made.</summary>
    /// <exception cref="EventDrivenConfigException">It breaks rules; the message lists all of them.</exception>
    public static void ThrowIfBroken(EventDrivenConfig config)
    {
        List<ConfigurationProblem> problems = Check(config, EventDrivenConfig.SectionName);
        if (problems.Count > 0)
            throw new EventDrivenConfigException(problems);
    }

    private static bool TryParseNames(string text, out IReadOnlyList<string> value)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        value = names;
        return true;
    }

    internal static bool IsPattern(string name)
    {
        try
        {
            EventNamePattern.Parse(name);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static OptionKey<EventDrivenConfig, T> Key<T>(
        string path, OptionForm<T> form, OptionRange<T> range, Func<EventDrivenConfig, T> get, Action<EventDrivenConfig, T> set) =>
        new(path, form, range, Restart, get, set);

    private static OptionKey<EventDrivenConfig, int> Integer(
        string path, OptionRange<int> range, Func<EventDrivenConfig, int> get, Action<EventDrivenConfig, int> set) =>
        Key(path, OptionForm.Integer, range, get, set);

    private static OptionRange<TimeSpan> OutboxTime(string name) => OutboxOptions.Ranges.RangeOf<TimeSpan>(name);

    private static OptionKey<EventDrivenConfig, bool> Boolean(
        string path, Func<EventDrivenConfig, bool> get, Action<EventDrivenConfig, bool> set) =>
        Key(path, OptionForm.Boolean, OptionRange.Any, get, set);

    private static OptionKey<EventDrivenConfig, TimeSpan> Duration(
        string path, TimeSpan least, TimeSpan most, Func<EventDrivenConfig, TimeSpan> get, Action<EventDrivenConfig, TimeSpan> set) =>
        Duration(path, OptionRange.Of(least, most), get, set);

    private static OptionKey<EventDrivenConfig, TimeSpan> Duration(
        string path, OptionRange<TimeSpan> range, Func<EventDrivenConfig, TimeSpan> get, Action<EventDrivenConfig, TimeSpan> set) =>
        Key(path, OptionForm.Duration, range, get, set);

    private static OptionKey<EventDrivenConfig, IReadOnlyList<string>> List(
        string path, Func<EventDrivenConfig, IReadOnlyList<string>> get, Action<EventDrivenConfig, IReadOnlyList<string>> set) =>
        Key(path, Names, new OptionRange<IReadOnlyList<string>>(
            path == "Bus:EventTypes" ? "event names" : "event names or patterns",
            path == "Bus:EventTypes"
                ? static names => names.All(static name => name is not null && Engine.Events.EventDescriptor.IsName(name))
                : static names => names.All(static name => name is not null && IsPattern(name))), get, set);
}

/// <summary>A configuration breaks rules. The message lists the first 20 problems, each with path, value and rule.</summary>
/// <param name="problems">All that is wrong, at least one.</param>
public sealed class EventDrivenConfigException(IReadOnlyList<ConfigurationProblem> problems)
    : ArgumentException(InvalidBusOptionsException.Describe(problems, "the event-driven architecture"))
{
    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;
}
