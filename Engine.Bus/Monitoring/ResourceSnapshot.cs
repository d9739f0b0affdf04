using Engine.Primitives;
using static System.FormattableString;

namespace Engine.Bus.Monitoring;

/// <summary>What the process uses at one moment. Immutable.</summary>
internal sealed record ResourceSnapshot
{
    /// <summary>Bytes of live objects, as far as they are known.</summary>
    public long HeapBytes { get; init; }

    /// <summary>Bytes allocated since the process began.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Physical memory of the process.</summary>
    public long WorkingSetBytes { get; init; }

    /// <summary>Memory that the process may use: the machine's, or the limit of the container.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Collections of generation 0 and above.</summary>
    public int Gen0Collections { get; init; }

    /// <summary>Collections of generation 1 and above.</summary>
    public int Gen1Collections { get; init; }

    /// <summary>Collections of generation 2.</summary>
    public int Gen2Collections { get; init; }

    /// <summary>Time that collections stopped all threads.</summary>
    public TimeSpan CollectionPause { get; init; }

    /// <summary>Threads of the pool.</summary>
    public int PoolThreads { get; init; }

    /// <summary>Work that waits for a thread of the pool.</summary>
    public long PendingWork { get; init; }

    /// <summary>Processor time of the process.</summary>
    public TimeSpan ProcessorTime { get; init; }

    /// <summary>Processors that the process may use; 0 if that is not known.</summary>
    public int ProcessorCount { get; init; }

    /// <summary>The share of the available memory that is in use.</summary>
    public double MemoryLoad => AvailableBytes > 0 ? (double)WorkingSetBytes / AvailableBytes : 0;

    /// <summary>One line.</summary>
    public override string ToString() => Invariant(
        $"working set {ReadableText.Mebibytes(WorkingSetBytes)} ({ReadableText.Share(MemoryLoad)}), ")
        + Invariant($"heap {ReadableText.Mebibytes(HeapBytes)}, ")
        + Invariant(
            $"{Gen0Collections:N0} collections ({Gen2Collections:N0} full), {PoolThreads:N0} pool threads, {PendingWork:N0} pending");

    /// <summary>Reads what the process uses now.</summary>
    public static ResourceSnapshot Take() => new()
    {
        HeapBytes = GC.GetTotalMemory(forceFullCollection: false),
        AllocatedBytes = GC.GetTotalAllocatedBytes(),
        WorkingSetBytes = Environment.WorkingSet,
        AvailableBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Gen0Collections = GC.CollectionCount(0),
        Gen1Collections = GC.CollectionCount(1),
        Gen2Collections = GC.CollectionCount(2),
        CollectionPause = GC.GetTotalPauseDuration(),
        PoolThreads = ThreadPool.ThreadCount,
        PendingWork = ThreadPool.PendingWorkItemCount,
        ProcessorTime = Environment.CpuUsage.TotalTime,
        ProcessorCount = Environment.ProcessorCount,
    };
}
