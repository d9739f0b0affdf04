namespace Engine.Handlers.Vm;

/// <summary>What a machine executed.</summary>
/// <param name="TotalInstructions">Instructions retired.</param>
/// <param name="TotalCompiledBlocks">Blocks of guest code decoded or compiled.</param>
/// <param name="TotalHotSpots">Times a block was reported as hot.</param>
/// <param name="TotalVCpuExits">Times a virtual CPU left its execution loop.</param>
/// <param name="HotSpotCounts">Executions of the blocks reported as hot, by their first pc: the largest ones, at most <see cref="ExecutionEventHandler.MaxTracked"/>.</param>
public sealed record ExecutionEventStatistics(
    long TotalInstructions, long TotalCompiledBlocks, long TotalHotSpots, long TotalVCpuExits,
    IReadOnlyDictionary<ulong, long> HotSpotCounts);
