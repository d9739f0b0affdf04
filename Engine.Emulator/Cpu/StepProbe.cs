using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Reports each instruction as it retires, and each memory access. Blocks have one instruction then; runs of
/// them are joined, so that block events still stand for basic blocks.
/// </summary>
internal unsafe struct StepProbe(ExecutionRecorder recorder) : IProbe
{
    private ulong _firstPc;
    private uint _retired;

    public static bool CountsBlocks => true;

    public static bool TracesMemory => true;

    public void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        recorder.PublishInstruction(hart, block, branchTaken);
        recorder.CountExecution(block);
        if (_retired == 0)
            _firstPc = block->Pc;
        _retired += retired;
        bool endsPage = (block->Pc + block->ByteLength) % GuestMemory.FrameSize == 0;
        bool endsRun = reason != BlockExitReason.Fallthrough || endsPage || block->Straddles
            || _retired == Block.MaxInstructions || Decoder.EndsBlock(Block.Ops(block)->PlainCode);
        if (endsRun)
            EndRun(reason);
    }

    /// <summary>Reports the run that has not ended by itself.</summary>
    public void EndRun(BlockExitReason reason)
    {
        if (_retired == 0)
            return;
        uint retired = _retired;
        _retired = 0;
        recorder.RecordBlock(_firstPc, retired, reason);
    }
}
