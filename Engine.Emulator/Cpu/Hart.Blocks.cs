using System.Runtime.CompilerServices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    // Counts how often all blocks were dropped at once: a block pointer taken before is dangling after.
    private int _blockGeneration;

    /// <summary>Why the slow path makes the interpreter leave the current block.</summary>
    private enum Leave
    {
        No,

        /// <summary>The instruction did not retire; an exception is pending.</summary>
        Fault,

        /// <summary>The instruction did not retire and is executed when the hart runs on.</summary>
        Before,

        /// <summary>The instruction retired; execution goes on behind it.</summary>
        Behind,

        /// <summary>The instruction retired and set the pc itself.</summary>
        Jumped,
    }

    /// <summary>Whether a trap was taken behind the last retired instruction.</summary>
    public bool JustTrapped => _lastTrapRetired == Retired;

    /// <summary>
    /// Finds or decodes the block at a pc. Returns null at the end of the slice, and when the fetch faults: then
    /// the trap has been taken.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Block* EnterAt(ulong pc)
    {
        _state->Pc = pc;
        if (_state->Remaining <= 0)
            return null;
        StepBlock = null;
        if (!TryFetchLocation(pc, out ulong offset, out uint secondFrame, out bool cacheable))
        {
            RaiseException();
            return null;
        }

        if (!cacheable || pc == SteppedOver || PassesMark(pc))
            return BuildAlone(pc, offset, secondFrame);
        Block* block = _blocks.Find(pc, offset, secondFrame, (uint)Mode);
        if (block == null)
            block = Translate(pc, offset, secondFrame, secondFrame == Block.NoFrame ? Block.MaxInstructions : 1);
        block->ContextTag = BlockTag;
        if (_singleStep)
        {
            StepBlock = _state->Remaining >= block->Count ? block : null;
            return _steps.FirstOf(block);
        }

        _state->JumpCache[(pc >> 1) & (JumpCacheSize - 1)] = block;
        return block;
    }

    /// <summary>Decodes one instruction, which is kept out of the cache; without what it is executed in spite of.</summary>
    private Block* BuildAlone(ulong pc, ulong offset, uint secondFrame)
    {
        bool passesMark = PassesMark(pc);
        _passedMark = NoAddress;
        return _builder.Build(
            pc, offset, secondFrame, (uint)Mode, 1, pc == SteppedOver || passesMark ? null : _breakpoints,
            passesMark ? null : Marks);
    }

    private Block* Translate(ulong pc, ulong offset, uint secondFrame, int limit)
    {
        if (_blocks.IsFull)
        {
            _blocks.Clear();
            ClearJumpCache();
            _blockGeneration++;
        }

        _blocks.Announce(offset >> GuestMemory.FrameShift);
        if (secondFrame != Block.NoFrame)
            _blocks.Announce(secondFrame);
        Block* draft = _builder.Build(pc, offset, secondFrame, (uint)Mode, limit, _breakpoints, Marks);
        Block* block = _blocks.Add(draft);
        _events.CodeTranslated(_memory.PhysicalAddress(offset), block->Count, block->ByteLength);
        return block;
    }

    private bool TryFetchLocation(ulong pc, out ulong offset, out uint secondFrame, out bool cacheable)
    {
        secondFrame = Block.NoFrame;
        if (!TryTranslateFetch(pc, out offset, out cacheable))
            return false;
        bool isLong = (*(ushort*)(_memory.Host + offset) & 3) == 3;
        bool straddles = (pc & 0xFFF) == 0xFFE;
        if (!isLong || (!straddles && cacheable))
            return true;
        if (!TryTranslateFetch(pc + 2, out ulong secondOffset, out bool secondCacheable))
            return false;
        cacheable &= secondCacheable;
        if (straddles)
            secondFrame = (uint)(secondOffset >> GuestMemory.FrameShift);
        return true;
    }

    /// <summary>Finds the target of a branch and links the block to it when both are in one page.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Block* Link(Block* block, ulong target, bool taken)
    {
        int generation = _blockGeneration;
        ulong pc = block->Pc;
        bool linkable = block->ContextTag != 0 && ((pc ^ target) & ~0xFFFUL) == 0;
        Block* next = EnterAt(target);
        if (next == null || !linkable || generation != _blockGeneration || next->Straddles || next->ContextTag == 0)
            return next;
        if (taken)
            block->Taken = next;
        else
            block->Following = next;
        return next;
    }

    /// <summary>The part of a block that fits into the rest of the slice, or null when nothing fits.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Block* Truncate(Block* block)
    {
        _state->Pc = block->Pc;
        if (_state->Remaining <= 0)
            return null;
        return _truncator.Truncate(block, (uint)_state->Remaining);
    }

    /// <summary>Makes pc and retired count exact for an instruction in the middle of a block.</summary>
    private void Synchronize(Block* block, MicroOp* op)
    {
        _state->NotRetired = block->Count - (op - Block.Ops(block));
        _state->Pc = block->Pc + op->PcOffset;
        _leave = Leave.No;
    }

    /// <summary>Ends the current block at an instruction for which a slow path asked to leave.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LeaveBlock<TProbe>(ref TProbe probe, Block* block, MicroOp* op)
        where TProbe : struct, IProbe
    {
        bool faulted = _leave == Leave.Fault;
        bool retires = _leave is not (Leave.Fault or Leave.Before);
        uint retired = (uint)(op - Block.Ops(block)) + (retires ? 1u : 0u);
        _state->Remaining += block->Count - retired;
        _state->NotRetired = 0;
        if (_leave == Leave.Behind)
            _state->Pc = block->Pc + op->PcOffset + op->Length;
        if (TProbe.CountsBlocks && retired > 0)
            probe.BlockLeft(this, block, retired, faulted ? BlockExitReason.Trap : _leaveReason, branchTaken: false);
        if (faulted)
            RaiseException();
    }

    /// <summary>
    /// Builds the instruction events of a block: kept with the block, or in <paramref name="scratch"/> for a block that is
    /// not kept itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public InstructionRetired* BuildTemplate(Block* block, InstructionRetired* scratch)
    {
        bool keeps = block->ContextTag != 0 && !_blocks.IsFull;
        InstructionRetired* template = keeps ? _blocks.AllocateTemplate(InstructionTemplate.Capacity(block->Count)) : scratch;
        InstructionTemplate.Fill(block, template);
        if (keeps)
            block->Template = template;
        return template;
    }

    /// <summary>
    /// Forgets what has been decoded, between two runs: what is translated from here on, and reported, does not depend on what
    /// was translated before.
    /// </summary>
    public void DropBlocks()
    {
        _blocks.Clear();
        ClearJumpCache();
        _blockGeneration++;
    }
}
