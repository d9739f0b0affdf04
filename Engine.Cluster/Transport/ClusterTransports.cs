using Engine.Cluster.Contracts;

namespace Engine.Cluster.Transport;

/// <summary>Makes the transport that an address asks for. Stateless.</summary>
public static class ClusterTransports
{
    /// <summary>What an address may begin with.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["nats", "tls", "amqp", "amqps"];

    /// <summary>Makes a transport: RabbitMQ's for <c>amqp</c> and <c>amqps</c>, else that of NATS. It connects when it is used.</summary>
    /// <param name="options">Where the broker is, and who connects.</param>
    /// <param name="name">What the broker's own lists call this client.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public static IClusterTransport Create(ClusterOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Url.TrimStart().StartsWith("amqp", StringComparison.OrdinalIgnoreCase)
            ? new RabbitTransport(options, name) : new NatsTransport(options, name);
    }
}
