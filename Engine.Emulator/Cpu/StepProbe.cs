using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Reports each instruction as it retires, and each memory access. The hart gives out single instructions then; those of one block
/// are joined, so that block events are the same as without.
/// </summary>
internal unsafe struct StepProbe(ExecutionRecorder recorder) : IProbe
{
    private ulong _firstPc;
    private uint _retired;

    public static bool CountsBlocks => true;

    public static bool TracesMemory => true;

    public void BlockLeft(Hart hart, Block* block, uint retired, BlockExitReason reason, bool branchTaken)
    {
        if (recorder.Regions.Length > 0)
            recorder.CountRegions(block, retired);
        recorder.PublishInstruction(hart, block, branchTaken);
        if (_retired == 0)
            _firstPc = block->Pc;
        _retired += retired;
        if (reason != BlockExitReason.Fallthrough || block->Following == null)
            EndRun(hart, reason);
    }

    /// <summary>Reports the run that has not ended by itself: a trap or the end of the slice has cut it short.</summary>
    public void EndRun(Hart hart) =>
        EndRun(hart, hart.JustTrapped ? BlockExitReason.Trap : BlockExitReason.Fallthrough);

    private void EndRun(Hart hart, BlockExitReason reason)
    {
        if (_retired == 0)
            return;
        uint retired = _retired;
        _retired = 0;
        if (hart.StepBlock != null)
            recorder.CountExecution(hart.StepBlock);
        recorder.RecordBlock(_firstPc, retired, reason);
    }
}
