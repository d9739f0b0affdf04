using System.Reflection;
using BenchmarkDotNet.Attributes;
using Engine.Bench.Micro;

namespace Engine.Tests.Bench.Micro;

/// <summary>
/// Each benchmark runs twice as BenchmarkDotNet would run it, with each of its parameters; they check themselves that their
/// work was done.
/// </summary>
internal sealed class MicroBenchmarkTests
{
    /// <summary>Figures are compared over years by these names.</summary>
    private static readonly string[] PermanentNames =
    [
        "DispatchBenchmarks.Batch", "DispatchBenchmarks.PerEvent",
        "EventSizeBenchmarks.Bytes16", "EventSizeBenchmarks.Bytes32", "EventSizeBenchmarks.Bytes64", "EventSizeBenchmarks.Bytes8",
        "FilterBenchmarks.Chain", "FilterBenchmarks.None", "FilterBenchmarks.Predicate", "FilterBenchmarks.Producer",
        "FilterCacheBenchmarks.Alone", "FilterCacheBenchmarks.Cold", "FilterCacheBenchmarks.Half", "FilterCacheBenchmarks.Hot",
        "InlineDeliveryBenchmarks.Inline", "InlineDeliveryBenchmarks.InlineAndDispatched",
        "PublishBenchmarks.Claim", "PublishBenchmarks.Span", "PublishBenchmarks.Subscribed", "PublishBenchmarks.Unsubscribed",
        "SharedPublishBenchmarks.OneByOne",
        "StatisticsSnapshotBenchmarks.Snapshot",
        "SubscriptionChurnBenchmarks.PublishBesideChurn", "SubscriptionChurnBenchmarks.SubscribeAndUnsubscribe",
        "WakeUpBenchmarks.PublishToHandler",
    ];

    [Test]
    public void Names_are_permanent() =>
        Assert.That(MicroBenchmark.All.Select(static benchmark => benchmark.Name), Is.EqualTo(PermanentNames));

    [TestCaseSource(nameof(Cases))]
    public void Benchmark_does_its_work(Type suite, MethodInfo method, PropertyInfo? parameter, object? value)
    {
        object instance = Activator.CreateInstance(suite)!;
        parameter?.SetValue(instance, value);
        RunAll<GlobalSetupAttribute>(instance, method);
        for (int i = 0; i < 2; i++)
        {
            RunAll<IterationSetupAttribute>(instance, method);
            method.Invoke(instance, null);
        }

        RunAll<GlobalCleanupAttribute>(instance, method);
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (MicroBenchmark benchmark in MicroBenchmark.All)
        {
            PropertyInfo? parameter = benchmark.Suite.GetProperties().SingleOrDefault(static p => p.IsDefined(typeof(ParamsAttribute)));
            foreach (object? value in parameter?.GetCustomAttribute<ParamsAttribute>()!.Values ?? [null])
            {
                yield return new TestCaseData(benchmark.Suite, benchmark.Method, parameter, value)
                    .SetArgDisplayNames(value is null ? benchmark.Name : $"{benchmark.Name}, {parameter!.Name}={value}");
            }
        }
    }

    /// <summary>Runs the methods with the attribute that are meant for the benchmark.</summary>
    private static void RunAll<TAttribute>(object instance, MethodInfo benchmark)
        where TAttribute : TargetedAttribute
    {
        foreach (MethodInfo method in instance.GetType().GetMethods())
        {
            TAttribute? attribute = method.GetCustomAttribute<TAttribute>();
            if (attribute is not null && (attribute.Targets.Length == 0 || attribute.Targets.Contains(benchmark.Name)))
                method.Invoke(instance, null);
        }
    }
}
