using Engine.Bench.Peers;
using Engine.Bench.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Bench.Peers;

/// <summary>Every peer delivers every event once, and again when it is run again.</summary>
internal sealed class PeerTests
{
    private const int Events = 100_000;
    private const int PacedEvents = 200;

    private static IEnumerable<Peer> Peers => Peer.CreateAll();

    [Test]
    public void Names_are_permanent()
    {
        Assert.That(Peers.Select(static peer => peer.Id), Is.EqualTo(new[]
        {
            "blocking-collection", "channel-bounded", "channel-bounded-spinning", "channel-unbounded", "concurrent-queue", "csharp-event",
                "dataflow",
        }));
    }

    [TestCaseSource(nameof(Peers))]
    public void Peer_says_which_documentation_it_follows(Peer peer)
    {
        Assert.That(peer.Documentation, Is.Not.Empty);
        Assert.That(peer.Name, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Peers))]
    public void Peer_delivers_each_event_once(Peer peer)
    {
        for (int run = 0; run < 2; run++)
            Assert.That(peer.Run(Events), Is.EqualTo(Checksum.Expected(Events)));
    }

    [TestCaseSource(nameof(Peers))]
    public void Peer_notes_a_latency_per_event(Peer peer)
    {
        LatencySamples samples = Interleaved.Latencies(peer, PacedEvents);
        Assert.That(samples.Count, Is.EqualTo(PacedEvents));
        Assert.That(samples.Percentile(0), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Peer_that_loses_an_event_is_noticed()
    {
        using var peer = new LosingPeer();
        string message = Thrown.By<InvalidOperationException>(() => Interleaved.MillionsPerSecond(peer, Events)).Message;
        Assert.That(
            message, Is.EqualTo($"Wrong checksum in \"losing\": {Checksum.Expected(Events) - 7}, expected {Checksum.Expected(Events)}."));
    }

    private sealed class LosingPeer : Peer
    {
        private EventReceiver _receiver = new(null);

        public override string Id => "losing";

        public override string Name => "losing";

        public override string Documentation => "none";

        protected override Task StartReceiving(EventReceiver receiver, long count)
        {
            _receiver = receiver;
            return Task.CompletedTask;
        }

        protected override void Send(EventFeed feed)
        {
            while (feed.TryNext(out Events.Vm.InstructionRetired e))
            {
                if (e.Opcode != 7)
                    _receiver.Handle(e);
            }
        }
    }
}
