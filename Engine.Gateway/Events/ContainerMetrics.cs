using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>container_metrics</c>: what a container uses. The resource is the container.</summary>
/// <param name="Cpu">Its processor time.</param>
/// <param name="Memory">Its memory, in MiB.</param>
/// <param name="Network">Its network.</param>
/// <param name="BlockIo">Its disks.</param>
public sealed record ContainerMetrics(ContainerCpu Cpu, ContainerMemory Memory, ContainerNetwork Network, ContainerBlockIo BlockIo)
    : IGatewayEvent<ContainerMetrics>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("container.metrics");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems()
    {
        EventProblems problems = new EventProblems()
            .NotNull(Cpu, "cpu").NotNull(Memory, "memory").NotNull(Network, "network").NotNull(BlockIo, "block_io");
        if (Cpu is not null)
            problems.NotNegative(Cpu.Usage, "cpu.usage").NotNegative(Cpu.Limit, "cpu.limit").NotNegative(Cpu.Period, "cpu.period");
        if (Memory is not null)
        {
            problems.NotNegative(Memory.Usage, "memory.usage").NotNegative(Memory.Limit, "memory.limit")
                .NotNegative(Memory.Swap, "memory.swap");
        }

        if (Network is not null)
        {
            problems.NotNegative(Network.RxBytes, "network.rx_bytes").NotNegative(Network.TxBytes, "network.tx_bytes")
                .NotNegative(Network.RxPackets, "network.rx_packets").NotNegative(Network.TxPackets, "network.tx_packets");
        }

        if (BlockIo is not null)
            problems.NotNegative(BlockIo.ReadBytes, "block_io.read_bytes").NotNegative(BlockIo.WriteBytes, "block_io.write_bytes");
        return problems.Found;
    }
}

/// <summary>Processor time of a container.</summary>
/// <param name="Usage">In percent of one processor.</param>
/// <param name="Limit">What it may use, in percent of one processor.</param>
/// <param name="Period">The period that the limit is for, in microseconds.</param>
public sealed record ContainerCpu(double Usage, double Limit, long Period);

/// <summary>Memory of a container, in MiB.</summary>
/// <param name="Usage">In use.</param>
/// <param name="Limit">What it may use.</param>
/// <param name="Swap">Swapped out.</param>
public sealed record ContainerMemory(long Usage, long Limit, long Swap);

/// <summary>Network of a container.</summary>
/// <param name="RxBytes">Bytes received.</param>
/// <param name="TxBytes">Bytes sent.</param>
/// <param name="RxPackets">Packets received.</param>
/// <param name="TxPackets">Packets sent.</param>
public sealed record ContainerNetwork(long RxBytes, long TxBytes, long RxPackets, long TxPackets);

/// <summary>Disks of a container.</summary>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WriteBytes">Bytes written.</param>
public sealed record ContainerBlockIo(long ReadBytes, long WriteBytes);
