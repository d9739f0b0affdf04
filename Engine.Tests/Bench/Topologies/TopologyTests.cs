using Engine.Bench.Support;
using Engine.Bench.Topologies;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Tests.Bench.Topologies;

/// <summary>Every variant of every topology delivers what it should, and again when it is run again.</summary>
internal sealed class TopologyTests
{
    private const int Events = 99_999;
    private const int PacedEvents = 300;

    private static IEnumerable<TestCaseData> Transfers()
    {
        foreach (PublishForm form in Enum.GetValues<PublishForm>())
            yield return Case(() => new EngineOneToOne(form));
        foreach (BareForm form in Enum.GetValues<BareForm>())
            yield return Case(() => new BareRingOneToOne(Topology.BarePause, form));
        yield return Case(() => new BareRingOneToOne(TimeSpan.Zero));
        foreach (ThreeHandlers kind in Enum.GetValues<ThreeHandlers>())
            yield return Case(() => new EngineOneToThree(kind));
        foreach (ThreeProducers kind in Enum.GetValues<ThreeProducers>())
            yield return Case(() => new EngineThreeToOne(kind));
    }

    private static IEnumerable<TestCaseData> LatencyRuns()
    {
        yield return Case(static () => EngineLatency.FromOneProducer("one producer"));
        yield return Case(static () => EngineLatency.FromOneProducer("three inline handlers", 3, Delivery.Inline));
        yield return Case(static () => EngineLatency.FromThreeLanes("three lanes"));
        yield return Case(static () => EngineLatency.FromSharedLane("shared lane"));
        yield return Case(static () => new BareRingOneToOne(TimeSpan.Zero));
        yield return Case(static () => new BareRingPingPong());
        yield return Case(static () => new EnginePingPong(WaitStrategyKind.Adaptive));
        yield return Case(static () => new EnginePingPong(WaitStrategyKind.Blocking));
    }

    [Test]
    public void Names_are_permanent()
    {
        Assert.That(
            Topology.All.Select(static topology => topology.Name),
            Is.EqualTo(new[] { "one-to-one", "one-to-three", "three-to-one", "merge", "ping-pong", "emulator" }));
    }

    [TestCaseSource(nameof(Transfers))]
    public void Transfer_delivers_each_event_as_often_as_it_should(Func<object> create)
    {
        using var transfer = (IEventTransfer)create();
        for (int run = 0; run < 2; run++)
            Assert.That(transfer.Run(Events), Is.EqualTo(transfer.ExpectedSum(Events)), transfer.Name);
    }

    [TestCaseSource(nameof(LatencyRuns))]
    public void Latency_run_notes_a_latency_per_event(Func<object> create)
    {
        using var run = (ILatencyRun)create();
        for (int i = 0; i < 2; i++)
            Assert.That(Interleaved.Latencies(run, PacedEvents).Percentile(0), Is.GreaterThanOrEqualTo(0), run.Name);
    }

    private static TestCaseData Case(Func<object> create)
    {
        using var variant = (IDisposable)create();
        string name = variant is IEventTransfer transfer ? transfer.Name : ((ILatencyRun)variant).Name;
        return new TestCaseData(create).SetArgDisplayNames(name);
    }
}
