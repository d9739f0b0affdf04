using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>Reports every instruction, block by block, and the blocks when they are wanted too.</summary>
internal unsafe struct InstructionProbe(ExecutionRecorder recorder, bool recordsBlocks) : IProbe
{
    public static bool CountsBlocks => true;

    public static bool TracesMemory => false;

    public readonly void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        recorder.RecordInstructions(hart, block, retired, branchTaken);
        if (!recordsBlocks)
            return;
        recorder.CountExecution(block);
        recorder.RecordBlock(block->Pc, retired, reason);
    }
}
