using Engine.Primitives;

namespace Engine.Handlers.Vm;

/// <summary>What a machine executed.</summary>
/// <param name="TotalInstructions">Instructions retired.</param>
/// <param name="TotalCompiledBlocks">Blocks of guest code decoded or compiled.</param>
/// <param name="TotalHotSpots">Times a block was reported as hot.</param>
/// <param name="TotalVCpuExits">Times a virtual CPU left its execution loop.</param>
/// <param name="HotSpotCounts">
/// Executions of the blocks reported as hot, by their first pc: the largest ones, at most
/// <see cref="ExecutionEventHandler.MaxTracked"/>.
/// </param>
public sealed record ExecutionEventStatistics(
    long TotalInstructions, long TotalCompiledBlocks, long TotalHotSpots, long TotalVCpuExits,
    IReadOnlyDictionary<ulong, long> HotSpotCounts)
{
    // The rest are a matter of the dictionary itself.
    private const int PrintedHotSpots = 3;

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString()
    {
        IEnumerable<string> hottest = HotSpotCounts.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key)
            .Take(PrintedHotSpots)
            .Select(static pair => $"0x{pair.Key:x}: {ReadableText.Count(pair.Value)}");
        return $"instructions {ReadableText.Count(TotalInstructions)}, compiled blocks {ReadableText.Count(TotalCompiledBlocks)}, " +
            $"exits {ReadableText.Count(TotalVCpuExits)}, hot spots {ReadableText.Count(TotalHotSpots)}" +
            (HotSpotCounts.Count == 0 ? "" : $" ({string.Join(", ", hottest)})");
    }
}
