using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

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

    [TestCase(503, "JetStream system temporarily unavailable", ClusterFault.NoAnswer)]
    [TestCase(503, "insufficient resources", ClusterFault.StreamFull)]
    [TestCase(404, "stream not found", ClusterFault.StreamMissing)]
    [TestCase(400, "stream name in subject does not match request", ClusterFault.Other)]
    public void Nodes_that_have_no_leader_give_no_answer(int code, string text, ClusterFault expected)
    {
        var options = new ClusterOptions { Url = "nats://127.0.0.1:4222" };
        var thrown = new NatsJSApiException(new ApiError { Code = code, Description = text });
        ClusterException fault = new NatsFaults(options).Of(thrown, "stream", isConnected: true, TimeSpan.FromSeconds(1));
        Assert.That(fault.Fault, Is.EqualTo(expected));
        Assert.That(fault.Message, Does.Contain(text));
    }
}
