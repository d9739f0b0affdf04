using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Support;

/// <summary>Engines for tests: <see cref="Number"/>, <see cref="Letter"/> and <see cref="Wide"/> registered, few threads.</summary>
public static class Engines
{
    public static EventEngine Build(
        int capacity = 256,
        OverflowPolicy policy = OverflowPolicy.Wait,
        Action<EngineOptions>? configure = null,
        string? shard = null)
    {
        EngineBuilder builder = new EngineBuilder()
            .Configure(options => options.DispatcherCount = 1)
            .AddEvent<Number>(Change)
            .AddEvent<Letter>(Change)
            .AddEvent<Wide>(Change);
        if (configure is not null)
            builder.Configure(configure);
        return builder.Build();

        EventDescriptor Change(EventDescriptor descriptor)
        {
            EventDescriptor changed = descriptor with { Capacity = capacity, OverflowPolicy = policy };
            return shard is null ? changed : changed with { Shard = shard };
        }
    }

    public static EventEngine Start(
        int capacity = 256,
        OverflowPolicy policy = OverflowPolicy.Wait,
        Action<EngineOptions>? configure = null,
        string? shard = null)
    {
        EventEngine engine = Build(capacity, policy, configure, shard);
        engine.Start();
        return engine;
    }

    public static StopReport Stop(this EventEngine engine, TimeSpan? timeout = null) =>
        Eventually.Result(engine.StopAsync(timeout ?? Eventually.HangGuard));

    /// <summary>Stops the engine and checks that nothing was left.</summary>
    public static void StopDrained(this EventEngine engine)
    {
        StopReport report = engine.Stop();
        Assert.That(report.IsDrained, Is.True, $"{report.LeftCount} events were left");
    }

    public static RingLedger LedgerOf<T>(this EventEngine engine)
        where T : unmanaged, IEvent<T> =>
        engine.GetStatistics().Of<T>().Ledger;
}
