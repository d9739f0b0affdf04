using Engine.Bench.Quick;
using Engine.Bench.Support;
using Engine.Bench.Topologies;
using Engine.Hosting;

namespace Engine.Tests.Bench.Topologies;

/// <summary>The variants of 64-byte events, and of sparse ones, deliver what they say, and again when they are run again.</summary>
internal sealed class WideTests
{
    private const int Events = 200_000;

    private static IEnumerable<TestCaseData> Transfers()
    {
        foreach (PublishForm form in Enum.GetValues<PublishForm>())
            yield return Case(() => new EngineWide(form), $"engine, {form}");
        yield return Case(static () => new BareWide(1), "bare, one by one");
        yield return Case(static () => new BareWide(NumberedEvents.SpanLength), "bare, spans");
        yield return Case(static () => new StandInWide(), "stand-in");
    }

    [TestCaseSource(nameof(Transfers))]
    public void Transfer_delivers_each_event_once(Func<IEventTransfer> create)
    {
        using IEventTransfer transfer = create();
        for (int run = 0; run < 2; run++)
            Assert.That(transfer.Run(Events), Is.EqualTo(Checksum.Expected(Events)));
    }

    [Test]
    public void Sparse_run_notes_a_latency_per_event_and_a_share_of_a_core([Values] WaitStrategyKind strategy)
    {
        using var run = new SparseRun(strategy);
        for (int i = 0; i < 2; i++)
        {
            var samples = new LatencySamples();
            Assert.That(run.Run(500, TimeSpan.FromMicroseconds(20), samples), Is.Not.Negative);
            Assert.That(samples.Count, Is.EqualTo(500));
        }
    }

    private static TestCaseData Case(Func<IEventTransfer> create, string name) => new TestCaseData(create).SetArgDisplayNames(name);
}
