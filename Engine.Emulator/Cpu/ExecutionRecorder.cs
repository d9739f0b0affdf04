using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Emulator.Memory;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Emulator.Cpu;

/// <summary>
/// What the probes share: the buffers they gather events in, and the way from there into the lanes. Events of
/// blocks and instructions are published in batches; a type with inline subscribers is published at once.
/// </summary>
internal sealed unsafe class ExecutionRecorder : IDisposable
{
    /// <summary>Events that a buffer holds before it is published.</summary>
    public const int BatchSize = 1024;

    private readonly MachineEvents _events;
    private readonly ulong _hotSpotThreshold;
    private readonly NativeBuffer<BlockExecuted> _blocks = new(BatchSize + 1);
    private readonly NativeBuffer<InstructionRetired> _instructions =
        new(BatchSize + Block.MaxInstructions + (int)InstructionTemplate.GroupSize);
    private readonly NativeBuffer<InstructionRetired> _scratch =
        new((nuint)InstructionTemplate.Capacity(Block.MaxInstructions));
    private BlockExecuted* _nextBlock;
    private BlockExecuted* _blockLimit;
    private InstructionRetired* _nextInstruction;
    private readonly InstructionRetired* _instructionLimit;
    private bool _wantsHotSpots;

    public ExecutionRecorder(MachineEvents events, ulong hotSpotThreshold)
    {
        _events = events;
        _hotSpotThreshold = hotSpotThreshold;
        _nextBlock = _blocks.Start;
        _nextInstruction = _instructions.Start;
        _instructionLimit = _instructions.Start + BatchSize;
        SubscriptionsChanged();
    }

    /// <summary>The regions whose instructions are counted.</summary>
    public RegionTally[] Regions { get; set; } = [];

    /// <summary>Whether instructions outside all regions are wanted as well.</summary>
    public bool RecordsBeyondRegions { get; set; } = true;

    /// <summary>Counts the first instructions of a block by region; true where one of them is in any.</summary>
    public bool CountRegions(Block* block, uint retired)
    {
        bool touches = false;
        foreach (RegionTally tally in Regions)
        {
            uint inside = CountInside(tally.Region, block, retired);
            tally.Count(inside, retired - inside);
            touches |= inside > 0;
        }

        return touches;
    }

    /// <summary>Adapts to the subscriptions of now.</summary>
    public void SubscriptionsChanged()
    {
        _wantsHotSpots = _events.WantsHotSpots;
        _blockLimit = _blocks.Start + (_events.Blocks is { HasInlineSubscribers: true } ? 1 : BatchSize);
    }

    /// <summary>Records that a run of instructions has retired.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RecordBlock(ulong firstPc, uint retired, BlockExitReason reason)
    {
        BlockExecuted* slot = _nextBlock;
        *slot = new BlockExecuted(firstPc, retired, reason);
        _nextBlock = slot + 1;
        if (slot + 1 >= _blockLimit)
            PublishBlocks();
    }

    /// <summary>Counts an execution of a block and reports it when it becomes hot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountExecution(Block* block)
    {
        if (_wantsHotSpots && ++block->ExecutionCount == _hotSpotThreshold)
            ReportHotSpot(block);
    }

    /// <summary>Records the first instructions of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RecordInstructions(Hart hart, Block* block, uint retired, bool branchTaken)
    {
        InstructionRetired* source = block->Template;
        if (source == null)
            source = hart.BuildTemplate(block, _scratch.Start);
        InstructionRetired* destination = _nextInstruction;
        for (uint index = 0; index < retired; index += InstructionTemplate.GroupSize)
            CopyGroup(source + index, destination + index);
        if (branchTaken)
            MarkTaken(destination + retired - 1);
        _nextInstruction = destination + retired;
        if (destination + retired >= _instructionLimit)
            PublishInstructions();
    }

    /// <summary>Publishes one instruction now.</summary>
    public void PublishInstruction(Hart hart, Block* block, bool branchTaken)
    {
        if (_events.Instructions is not { IsEnabled: true } lane)
            return;
        InstructionRetired* source = block->Template;
        if (source == null)
            source = hart.BuildTemplate(block, _scratch.Start);
        InstructionRetired instruction = *source;
        if (branchTaken)
            MarkTaken(&instruction);
        _events.Stamp();
        lane.Publish(in instruction);
    }

    /// <summary>Publishes what was gathered.</summary>
    public void Flush()
    {
        if (_nextInstruction != _instructions.Start)
            PublishInstructions();
        if (_nextBlock != _blocks.Start)
            PublishBlocks();
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _instructions.Dispose();
        _scratch.Dispose();
    }

    private static uint CountInside(ExecutionRegion region, Block* block, uint retired)
    {
        if (!region.Has((PrivilegeMode)block->Flavour))
            return 0;
        ulong first = block->Pc;
        MicroOp* ops = Block.Ops(block);
        ulong last = first + ops[retired - 1].PcOffset;
        if (first >= region.FirstPc && last <= region.LastPc)
            return retired;
        uint inside = 0;
        for (uint index = 0; index < retired; index++)
        {
            ulong pc = first + ops[index].PcOffset;
            if (pc >= region.FirstPc && pc <= region.LastPc)
                inside++;
        }

        return inside;
    }

    // BranchTaken is the bit above Branch: jumps, which have no Branch bit, stay as they are.
    private static void MarkTaken(InstructionRetired* instruction)
    {
        var flags = (uint*)instruction + 3;
        *flags |= (*flags & (uint)InstructionFlags.Branch) << 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyGroup(InstructionRetired* source, InstructionRetired* destination) =>
        Vector512.Store(
            Vector512.Load((ulong*)source), (ulong*)destination);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PublishBlocks()
    {
        var count = (int)(_nextBlock - _blocks.Start);
        _nextBlock = _blocks.Start;
        _events.Stamp();
        _events.Blocks?.PublishBatch(new ReadOnlySpan<BlockExecuted>(_blocks.Start, count));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PublishInstructions()
    {
        var count = (int)(_nextInstruction - _instructions.Start);
        _nextInstruction = _instructions.Start;
        _events.Stamp();
        _events.Instructions?.PublishBatch(new ReadOnlySpan<InstructionRetired>(_instructions.Start, count));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReportHotSpot(Block* block) => _events.HotSpotDetected(block->Pc, block->ExecutionCount);
}
