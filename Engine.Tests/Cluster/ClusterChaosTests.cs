using Engine.Bench.Chaos;
using Engine.Cluster.Local;

namespace Engine.Tests.Cluster;

/// <summary>The chaos of fleets, short and long.</summary>
[TestFixture, Category("Process")]
[Parallelizable]
internal sealed class ClusterChaosTests
{
    [Test]
    public void Nothing_confirmed_is_lost() => Run("one-node", kills: 5);

    [TestCase("one-node"), TestCase("three-nodes"), TestCase("full-disk"), TestCase("rabbitmq-three-nodes")]
    [Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_nothing_confirmed_is_lost(string kind) => Run(kind, kills: 40);

    private static void Run(string name, int kills)
    {
        if (LocalBroker.FindProgram() is null)
            Assert.Ignore("nats-server is not installed (Debian's package is nats-server)");
        var output = new StringWriter();
        bool isClean = ChaosCommand.Run(
            ChaosCommand.ClusterKinds.Where(kind => kind.Name == name), new ChaosPlan(7, kills, static _ => { }), output);
        TestContext.Out.Write(output);
        Assert.That(isClean, Is.True, output.ToString());
    }
}
