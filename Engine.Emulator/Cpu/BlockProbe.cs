using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>Reports blocks.</summary>
internal unsafe struct BlockProbe(ExecutionRecorder recorder) : IProbe
{
    public static bool CountsBlocks => true;

    public static bool TracesMemory => false;

    public readonly void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        recorder.CountExecution(block);
        recorder.RecordBlock(block->Pc, retired, reason);
    }
}
