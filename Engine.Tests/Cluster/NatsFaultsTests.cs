using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using NATS.Client.Core;

namespace Engine.Tests.Cluster;

/// <summary>What the client's texts are taken for.</summary>
internal sealed class NatsFaultsTests
{
    [TestCase("Authorization Violation", ClusterFault.WrongCredentials)]
    [TestCase("User Authentication Expired", ClusterFault.WrongCredentials)]
    [TestCase("Authentication Timeout", ClusterFault.Unreachable)]
    [TestCase("connection refused", ClusterFault.Unreachable)]
    public void Credentials_that_come_too_late_are_not_wrong(string text, ClusterFault expected)
    {
        var options = new ClusterOptions { Url = "nats://127.0.0.1:4222" };
        var thrown = new NatsException("can not connect", new NatsException($"Server error: {text}"));
        ClusterException fault = new NatsFaults(options).Of(thrown, "vm.a", isConnected: false, TimeSpan.FromSeconds(2));
        Assert.That(fault.Fault, Is.EqualTo(expected));
        Assert.That(fault.Message, Does.Contain(text));
    }
}
