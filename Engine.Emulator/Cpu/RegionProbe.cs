using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Counts the instructions in regions and outside, reports those of blocks that touch a region, and the blocks when they are wanted too.
/// </summary>
internal unsafe struct RegionProbe(ExecutionRecorder recorder, bool recordsBlocks) : IProbe
{
    public static bool CountsBlocks => true;

    public static bool TracesMemory => false;

    public readonly void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        bool touches = recorder.CountRegions(block, retired);
        if (touches || recorder.RecordsBeyondRegions)
            recorder.RecordInstructions(hart, block, retired, branchTaken);
        if (!recordsBlocks)
            return;
        recorder.CountExecution(block);
        recorder.RecordBlock(block->Pc, retired, reason);
    }
}
