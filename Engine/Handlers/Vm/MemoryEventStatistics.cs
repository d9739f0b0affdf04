using Engine.Primitives;

namespace Engine.Handlers.Vm;

/// <summary>What a machine did with its memory.</summary>
/// <param name="TotalAllocatedBytes">Bytes allocated.</param>
/// <param name="TotalFreedBytes">Bytes freed.</param>
/// <param name="PageFaultCount">Page faults.</param>
/// <param name="MappingCount">Pages mapped.</param>
public readonly record struct MemoryEventStatistics(
    long TotalAllocatedBytes, long TotalFreedBytes, long PageFaultCount, long MappingCount)
{
    /// <summary>
    /// Bytes allocated and not freed. While events are under way it may be off, even negative: allocations and releases
    /// are dispatched independently.
    /// </summary>
    public long CurrentAllocatedBytes => TotalAllocatedBytes - TotalFreedBytes;

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"allocated {ReadableText.Count(TotalAllocatedBytes)} bytes, freed {ReadableText.Count(TotalFreedBytes)} bytes, " +
        $"page faults {ReadableText.Count(PageFaultCount)}, mappings {ReadableText.Count(MappingCount)}";
}
