using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>node_metrics</c>: what a node uses. The resource is the node.</summary>
/// <param name="Cpu">Its processors.</param>
/// <param name="Memory">Its memory, in MiB.</param>
/// <param name="Disk">Its disk, in MiB.</param>
/// <param name="Network">Its network.</param>
/// <param name="Gpu">Its graphics processor; null where there is none.</param>
public sealed record NodeMetrics(NodeCpu Cpu, NodeSpace Memory, NodeSpace Disk, NodeNetwork Network, NodeGpu? Gpu)
    : IGatewayEvent<NodeMetrics>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("node.metrics");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems()
    {
        EventProblems problems = new EventProblems()
            .NotNull(Cpu, "cpu").NotNull(Memory, "memory").NotNull(Disk, "disk").NotNull(Network, "network");
        if (Cpu is not null)
        {
            problems.NotNegative(Cpu.Usage, "cpu.usage").NotNegative(Cpu.Cores, "cpu.cores")
                .Finite(Cpu.Temperature ?? 0, "cpu.temperature");
        }

        if (Network is not null)
            problems.NotNegative(Network.InBytes, "network.in_bytes").NotNegative(Network.OutBytes, "network.out_bytes");
        if (Gpu is not null)
            problems.NotNegative(Gpu.Usage, "gpu.usage").Finite(Gpu.Temperature ?? 0, "gpu.temperature");
        CheckSpace(problems, Memory, "memory");
        CheckSpace(problems, Disk, "disk");
        return problems.Found;
    }

    private static void CheckSpace(EventProblems problems, NodeSpace? space, string name)
    {
        if (space is not null)
        {
            problems.NotNegative(space.Total, $"{name}.total").NotNegative(space.Used, $"{name}.used")
                .NotNegative(space.Free, $"{name}.free");
        }
    }
}

/// <summary>Processors of a node.</summary>
/// <param name="Usage">How busy they are, in percent of all.</param>
/// <param name="Cores">How many there are.</param>
/// <param name="Temperature">In °C; null where nothing measures it.</param>
public sealed record NodeCpu(double Usage, int Cores, double? Temperature);

/// <summary>Space of a node, in MiB.</summary>
/// <param name="Total">All there is.</param>
/// <param name="Used">In use.</param>
/// <param name="Free">Not in use.</param>
public sealed record NodeSpace(long Total, long Used, long Free);

/// <summary>Network of a node.</summary>
/// <param name="InBytes">Bytes received.</param>
/// <param name="OutBytes">Bytes sent.</param>
/// <param name="Connections">Open connections.</param>
public sealed record NodeNetwork(long InBytes, long OutBytes, int Connections);

/// <summary>Graphics processor of a node.</summary>
/// <param name="Usage">How busy it is, in percent.</param>
/// <param name="MemoryUsed">Its memory in use, in MiB.</param>
/// <param name="Temperature">In °C; null where nothing measures it.</param>
public sealed record NodeGpu(double Usage, long MemoryUsed, double? Temperature);
