using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Idempotency;
using Engine.Cluster.Contracts;
using Engine.Emulator;
using Engine.Emulator.Platform;
using Engine.Fleet.Hosts;
using Engine.Gateway.Feeds;
using Engine.Gateway.Streams;
using Engine.Hosting;
using Engine.Server.History;
using Engine.Storage.Journals;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;
using Microsoft.Extensions.Configuration;

namespace Engine.Tests.Architecture;

/// <summary>
/// Every number and time that the public options of the libraries have, set to the ends of its type and around zero: it is taken, or
/// refused by an exception that names it. Nothing overflows, and nothing is found out later by whoever runs with it.
/// </summary>
internal sealed class OptionEndTests
{
    public static readonly Assembly[] Libraries =
    [
        typeof(EngineOptions).Assembly, typeof(EventBusOptions).Assembly, typeof(JournalOptions).Assembly, typeof(ClusterOptions).Assembly,
        typeof(GatewayOptions).Assembly, typeof(MachineOptions).Assembly, typeof(BusConfigurationWatcherOptions).Assembly,
    ];

    // Who takes them checks them.
    private static readonly Dictionary<Type, Action<object>> CheckedByOwner = new()
    {
        [typeof(TypeRetention)] = static rule => new EventRetention { ByType = [(TypeRetention)rule] }.Validate(),
        [typeof(AggregateRepositoryOptions)] = static options => ((AggregateRepositoryOptions)options).Validate(null!),
        [typeof(BatchSizingOptions)] = static options =>
        {
            var (engine, sizing) = (new EngineOptions(), (BatchSizingOptions)options);
            foreach (PropertyInfo property in typeof(BatchSizingOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
                property.SetValue(engine.BatchSizing, property.GetValue(sizing));
            engine.Validate();
        },
        [typeof(LogFeedOptions)] = static options =>
        {
            var gateway = new EventGateway();
            try
            {
                new LogFeed(gateway, (LogFeedOptions)options).Dispose();
            }
            finally
            {
                gateway.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        },
        [typeof(BusSubscriptionOptions)] = static options =>
        {
            using var bus = new DisposableBus();
            bus.Subscribe((BusSubscriptionOptions)options);
        },
        [typeof(BusConfigurationWatcherOptions)] = static options => new BusConfigurationWatcher(
            new ConfigurationBuilder().Build().GetSection("EventBus"), static _ => { }, (BusConfigurationWatcherOptions)options).Dispose(),
        [typeof(HistorySettings)] = static settings => OptionUses.Reread((HistorySettings)settings),
        [typeof(SampleSetting)] = static setting => OptionUses.Reread((SampleSetting)setting),
        [typeof(MachineOptions)] = static options =>
        {
            // Memory of gigabytes is none of the options' matter.
            if (((MachineOptions)options).RamSize is not > (1UL << 30) or > (64UL << 30))
                new VirtBoard(new VirtBoardOptions { Machine = (MachineOptions)options }).Dispose();
        },
    };

    private static IEnumerable<TestCaseData> Numbers =>
        from library in Libraries
        from type in library.GetExportedTypes()
        where IsOptions(type)
        let closed = type.IsGenericTypeDefinition ? type.MakeGenericType(typeof(Support.Number)) : type
        from property in closed.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.SetMethod is { IsPublic: true } && EndsOf(property.PropertyType).Length > 0
        select new TestCaseData(closed, property).SetArgDisplayNames(type.Name, property.Name);

    [TestCaseSource(nameof(Numbers))]
    public void An_end_is_taken_or_refused_by_name(Type type, PropertyInfo property)
    {
        foreach (object end in EndsOf(property.PropertyType))
        {
            try
            {
                object options = Make(type);
                Unwrapped(() => property.SetValue(options, end));
                Check(options);
            }
            catch (ArgumentException refusal)
            {
                Assert.That(refusal, Is.Not.TypeOf<ArgumentNullException>(), $"{end}: {refusal}");
                Assert.That(refusal.Message.Replace(" ", ""), Does.Contain(property.Name).IgnoreCase, $"{end}: {refusal}");
            }
            catch (InvalidGatewayOptionsException refusal)
            {
                Assert.That(refusal.Message, Does.Contain(property.Name), $"{end}");
            }
        }
    }

    private static readonly string[] TakeAnyNumber = ["Priority", "UpTo"];

    [TestCaseSource(nameof(Numbers))]
    public void What_is_far_below_zero_is_refused_where_it_is_set_or_taken(Type type, PropertyInfo property)
    {
        // The bus and the engine check theirs as a whole, by their tables.
        bool isChecked = type.Assembly != typeof(EventBusOptions).Assembly && type != typeof(BatchSizingOptions)
            && type.Namespace != "Engine.Storage.Sourcing" && !TakeAnyNumber.Contains(property.Name);
        if (!isChecked || EndsOf(property.PropertyType)[0] is ulong)
            return;
        object options = Make(type);
        Assert.That(
            () =>
            {
                Unwrapped(() => property.SetValue(options, EndsOf(property.PropertyType)[0]));
                Check(options);
            },
            Throws.InstanceOf<ArgumentException>().Or.TypeOf<InvalidGatewayOptionsException>());
    }

    [Test]
    public void There_are_options_in_each_library() => Assert.That(
        Libraries.Where(static library => !library.GetExportedTypes().Any(IsOptions)).Select(static library => library.GetName().Name),
        Is.Empty);

    private static bool IsOptions(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.Namespace != "Engine.Compatibility"
        && (type.Name.Split('`')[0].EndsWith("Options", StringComparison.Ordinal)
            || type.Name.EndsWith("Retention", StringComparison.Ordinal));

    public static object[] EndsOf(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 when !type.IsEnum => [int.MinValue, -1, 0, 1, int.MaxValue],
        TypeCode.Int64 => [long.MinValue, -1L, 0L, 1L, long.MaxValue],
        TypeCode.UInt64 => [0UL, 1UL, ulong.MaxValue],
        TypeCode.Double => [double.NaN, double.NegativeInfinity, -1.0, 0.0, double.Epsilon, double.MaxValue, double.PositiveInfinity],
        _ when (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan) =>
            [TimeSpan.MinValue, Timeout.InfiniteTimeSpan, TimeSpan.Zero, TimeSpan.FromTicks(1), TimeSpan.MaxValue],
        _ => [],
    };

    // Those that cannot be made without numbers.
    private static object? Sample(Type type) =>
        type == typeof(BoardOptions) ? new BoardOptions(128 << 20)
        : type == typeof(TypeRetention) ? new TypeRetention("order.*", TimeSpan.FromDays(1))
        : type == typeof(SampleSetting) ? new SampleSetting("vm.instruction", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5))
        : type == typeof(HistorySettings) ? HistorySettings.Defaults with { Directory = "history" }
        : null;

    // What is required is given something that no rule is about.
    public static object Make(Type type)
    {
        if (Sample(type) is { } sample)
            return sample;
        ConstructorInfo constructor = type.GetConstructors().OrderBy(static one => one.GetParameters().Length).First();
        object options = constructor.Invoke([.. constructor.GetParameters().Select(static p => p.HasDefaultValue ? p.DefaultValue
            : p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null)]);
        foreach (PropertyInfo property in type.GetProperties()
            .Where(static p => p.GetCustomAttribute<RequiredMemberAttribute>() is not null))
        {
            object value = property.PropertyType == typeof(string) ? "name"
                : property.PropertyType == typeof(IIdempotencyStore) ? new InMemoryIdempotencyStore()
                : typeof(IEnumerable).IsAssignableFrom(property.PropertyType)
                    ? Array.CreateInstance(property.PropertyType.GetGenericArguments()[0], 0)
                    : throw new InvalidOperationException($"{type.Name}.{property.Name} is required, and this test knows no value for it.");
            property.SetValue(options, value);
        }

        return options;
    }

    public static void Check(object options)
    {
        Type type = options.GetType();
        if (CheckedByOwner.TryGetValue(type, out Action<object>? check))
        {
            check(options);
            return;
        }

        MethodInfo? validate = type.GetMethod("Validate", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance, []);
        if (validate is not null)
            Unwrapped(() => validate.Invoke(options, null));
    }

    private sealed class DisposableBus : IDisposable
    {
        private readonly EventBus _bus = new();

        public void Subscribe(BusSubscriptionOptions options) => _bus.Subscribe("**", static _ => { }, options);

        public void Dispose() => _bus.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public static void Unwrapped(Action action)
    {
        try
        {
            action();
        }
        catch (TargetInvocationException thrown)
        {
            ExceptionDispatchInfo.Throw(thrown.InnerException!);
        }
    }
}
