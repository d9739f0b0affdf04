using Engine.Cluster.Contracts;

namespace Engine.Bench.Chaos;

/// <summary>
/// One node of NATS on a disk that is really full now and then. Then it answers nobody, ends by no signal but the last, and takes nothing
/// when there is room again: it has to be started anew. Not thread-safe.
/// </summary>
/// <param name="disk">Where it keeps its files; stays its maker's.</param>
internal sealed class NatsFullDiskBroker(LimitedDisk disk) : NatsChaosBroker(disk.Path, nodes: 1)
{
    /// <summary>Bytes of the disk.</summary>
    public const long DiskBytes = 128L << 20;

    private const long LastBytes = 256 << 10;

    /// <summary>More than the disk has, so that it is full before its streams are.</summary>
    public override long MaxStreamBytes => 2 * DiskBytes;

    // The second one is what versions after 2.9 say.
    public override IReadOnlyList<ClusterFault> FaultsWhenFull { get; } = [ClusterFault.NoAnswer, ClusterFault.StreamFull];

    public override void TakeRoom() => disk.Resize(disk.UsedBytes + LastBytes);

    public override void GiveRoom()
    {
        disk.Resize(DiskBytes);
        Restart(0);
    }
}
