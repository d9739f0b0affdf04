using Engine.Bench.Bus;
using Engine.Bench.Bus.Peers;

namespace Engine.Tests.Bench.Bus;

/// <summary>Every peer of the bus delivers every event once, and again when it is run again.</summary>
internal sealed class BusPeersTests
{
    private const int Events = 10_000;

    private WolverineHost? _wolverine;

    private static IEnumerable<TestCaseData> Peers()
    {
        // The host is needed to run them, not to name them.
        foreach (BusTransfer peer in PeersSection.CreatePublish(null!).Concat(PeersSection.CreateQueues(null!)))
        {
            using (peer)
                yield return new TestCaseData(peer.Name).SetArgDisplayNames(peer.Name);
        }
    }

    [OneTimeSetUp]
    public void StartHost() => _wolverine = new WolverineHost();

    [OneTimeTearDown]
    public void StopHost() => _wolverine?.Dispose();

    [TestCaseSource(nameof(Peers))]
    public void Peer_delivers_each_event_once(string name)
    {
        using BusTransfer peer = Create(name);
        for (int run = 0; run < 2; run++)
            Assert.That(peer.Run(Events), Is.EqualTo(peer.ExpectedSum(Events)));
    }

    private BusTransfer Create(string name)
    {
        BusTransfer? found = null;
        foreach (BusTransfer peer in PeersSection.CreatePublish(_wolverine!).Concat(PeersSection.CreateQueues(_wolverine!)))
        {
            if (peer.Name == name)
                found = peer;
            else
                peer.Dispose();
        }

        return found!;
    }
}
