using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Transport;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster.Support;

/// <summary>One node of NATS in a temporary folder, for the tests of a fixture.</summary>
internal sealed class TestBroker : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private TestBroker(int nodes, string settings, long storeBytes, string? storeFolder) => Broker = LocalBroker.Start(
        storeFolder ?? _folder.PathOf("broker"), nodes, settings: settings, storeBytes: storeBytes);

    public LocalBroker Broker { get; }

    public static TestBroker Start(int nodes = 1, string settings = "", long storeBytes = 1L << 30, string? storeFolder = null)
    {
        if (LocalBroker.FindProgram() is null)
            Assert.Ignore("nats-server is not installed (Debian's package is nats-server)");
        return new TestBroker(nodes, settings, storeBytes, storeFolder);
    }

    public ClusterOptions Options(int shards = 1) => new()
    {
        Url = Broker.Url,
        Shards = shards,
        MaxStreamBytes = 64 << 20,
        // A guard against hangs: what is refused, missing or full is told at once.
        AnswerTimeout = Eventually.HangGuard,
    };

    public NatsTransport Connect(string name = "test") => new(Options(), name);

    public void Dispose()
    {
        Broker.Dispose();
        _folder.Dispose();
    }
}
