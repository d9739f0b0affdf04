using System.Runtime.CompilerServices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong PageMask = ~0xFFFUL;

    /// <summary>
    /// Executes until the slice ends or a trap, a return from one or a device access calls for attention.
    /// One method, because the registers it keeps its pointers in are what makes it fast; all that is rare is
    /// out of line.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RunSlice<TProbe>(ref TProbe probe)
        where TProbe : struct, IProbe
    {
        HartState* state = _state;
        ulong* x = state->X;
        ulong address;
        TlbEntry* entry;
        MicroOp* op;
        Block* next;
        Block* block = EnterAt(state->Pc);
    enter:
        if (block == null)
            return;
        if (TProbe.CountsBlocks && state->StopRequested != 0)
        {
            state->Pc = block->Pc;
            return;
        }

        long remaining = state->Remaining - block->Count;
        if (remaining < 0)
        {
            block = Truncate(block);
            if (block == null)
                return;
            remaining = 0;
        }

        state->Remaining = remaining;
        op = Block.Ops(block);
        while (true)
        {
            switch (op->Code)
            {
                case MicroOpCode.EndOfBlock:
                    goto endOfBlock;
                case MicroOpCode.Nop:
                    break;
                case MicroOpCode.Li:
                    x[op->Rd] = (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Mv:
                    x[op->Rd] = x[op->Rs1];
                    break;
                case MicroOpCode.Auipc:
                    x[op->Rd] = block->Pc + op->PcOffset + (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Addi:
                    x[op->Rd] = x[op->Rs1] + (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Slti:
                    x[op->Rd] = (long)x[op->Rs1] < op->Imm ? 1UL : 0UL;
                    break;
                case MicroOpCode.Sltiu:
                    x[op->Rd] = x[op->Rs1] < (ulong)(long)op->Imm ? 1UL : 0UL;
                    break;
                case MicroOpCode.Xori:
                    x[op->Rd] = x[op->Rs1] ^ (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Ori:
                    x[op->Rd] = x[op->Rs1] | (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Andi:
                    x[op->Rd] = x[op->Rs1] & (ulong)(long)op->Imm;
                    break;
                case MicroOpCode.Slli:
                    x[op->Rd] = x[op->Rs1] << op->Imm;
                    break;
                case MicroOpCode.Srli:
                    x[op->Rd] = x[op->Rs1] >> op->Imm;
                    break;
                case MicroOpCode.Srai:
                    x[op->Rd] = (ulong)((long)x[op->Rs1] >> op->Imm);
                    break;
                case MicroOpCode.Addiw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] + op->Imm);
                    break;
                case MicroOpCode.Slliw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] << op->Imm);
                    break;
                case MicroOpCode.Srliw:
                    x[op->Rd] = (ulong)(int)((uint)x[op->Rs1] >> op->Imm);
                    break;
                case MicroOpCode.Sraiw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] >> op->Imm);
                    break;
                case MicroOpCode.Add:
                    x[op->Rd] = x[op->Rs1] + x[op->Rs2];
                    break;
                case MicroOpCode.Sub:
                    x[op->Rd] = x[op->Rs1] - x[op->Rs2];
                    break;
                case MicroOpCode.Sll:
                    x[op->Rd] = x[op->Rs1] << (int)x[op->Rs2];
                    break;
                case MicroOpCode.Slt:
                    x[op->Rd] = (long)x[op->Rs1] < (long)x[op->Rs2] ? 1UL : 0UL;
                    break;
                case MicroOpCode.Sltu:
                    x[op->Rd] = x[op->Rs1] < x[op->Rs2] ? 1UL : 0UL;
                    break;
                case MicroOpCode.Xor:
                    x[op->Rd] = x[op->Rs1] ^ x[op->Rs2];
                    break;
                case MicroOpCode.Srl:
                    x[op->Rd] = x[op->Rs1] >> (int)x[op->Rs2];
                    break;
                case MicroOpCode.Sra:
                    x[op->Rd] = (ulong)((long)x[op->Rs1] >> (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Or:
                    x[op->Rd] = x[op->Rs1] | x[op->Rs2];
                    break;
                case MicroOpCode.And:
                    x[op->Rd] = x[op->Rs1] & x[op->Rs2];
                    break;
                case MicroOpCode.Addw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] + (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Subw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] - (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Sllw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] << (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Srlw:
                    x[op->Rd] = (ulong)(int)((uint)x[op->Rs1] >> (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Sraw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] >> (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Mul:
                    x[op->Rd] = x[op->Rs1] * x[op->Rs2];
                    break;
                case MicroOpCode.Mulh:
                    x[op->Rd] = IntegerMath.MultiplyHighSigned(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Mulhsu:
                    x[op->Rd] = IntegerMath.MultiplyHighMixed(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Mulhu:
                    x[op->Rd] = IntegerMath.MultiplyHighUnsigned(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Div:
                    x[op->Rd] = IntegerMath.Divide(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Divu:
                    x[op->Rd] = IntegerMath.DivideUnsigned(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Rem:
                    x[op->Rd] = IntegerMath.Remainder(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Remu:
                    x[op->Rd] = IntegerMath.RemainderUnsigned(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Mulw:
                    x[op->Rd] = (ulong)((int)x[op->Rs1] * (int)x[op->Rs2]);
                    break;
                case MicroOpCode.Divw:
                    x[op->Rd] = IntegerMath.DivideWord(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Divuw:
                    x[op->Rd] = IntegerMath.DivideUnsignedWord(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Remw:
                    x[op->Rd] = IntegerMath.RemainderWord(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Remuw:
                    x[op->Rd] = IntegerMath.RemainderUnsignedWord(x[op->Rs1], x[op->Rs2]);
                    break;
                case MicroOpCode.Lb:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & PageMask) == entry->Tag)
                        x[op->Rd] = (ulong)*(sbyte*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Lh:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 1)) == entry->Tag)
                        x[op->Rd] = (ulong)*(short*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Lw:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 3)) == entry->Tag)
                        x[op->Rd] = (ulong)*(int*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Ld:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 7)) == entry->Tag)
                        x[op->Rd] = *(ulong*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Lbu:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & PageMask) == entry->Tag)
                        x[op->Rd] = (ulong)*(byte*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Lhu:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 1)) == entry->Tag)
                        x[op->Rd] = (ulong)*(ushort*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Lwu:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 3)) == entry->Tag)
                        x[op->Rd] = (ulong)*(uint*)(address + entry->Addend);
                    else if (LoadSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Sb:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->StoreTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & PageMask) == entry->Tag)
                        *(byte*)(address + entry->Addend) = (byte)x[op->Rs2];
                    else if (StoreSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Sh:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->StoreTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 1)) == entry->Tag)
                        *(ushort*)(address + entry->Addend) = (ushort)x[op->Rs2];
                    else if (StoreSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Sw:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->StoreTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 3)) == entry->Tag)
                        *(uint*)(address + entry->Addend) = (uint)x[op->Rs2];
                    else if (StoreSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Sd:
                    address = x[op->Rs1] + (ulong)(long)op->Imm;
                    entry = (TlbEntry*)(state->StoreTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
                    if (!TProbe.TracesMemory && (address & (PageMask | 7)) == entry->Tag)
                        *(ulong*)(address + entry->Addend) = x[op->Rs2];
                    else if (StoreSlow(block, op, address))
                        goto leave;
                    break;
                case MicroOpCode.Beq:
                    if (x[op->Rs1] == x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Bne:
                    if (x[op->Rs1] != x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Blt:
                    if ((long)x[op->Rs1] < (long)x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Bge:
                    if ((long)x[op->Rs1] >= (long)x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Bltu:
                    if (x[op->Rs1] < x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Bgeu:
                    if (x[op->Rs1] >= x[op->Rs2])
                        goto taken;
                    goto notTaken;
                case MicroOpCode.Jal:
                    x[op->Rd] = block->Pc + op->PcOffset + op->Length;
                    goto taken;
                case MicroOpCode.Jalr:
                    address = (x[op->Rs1] + (ulong)(long)op->Imm) & ~1UL;
                    x[op->Rd] = block->Pc + op->PcOffset + op->Length;
                    goto indirect;
                case MicroOpCode.Amo:
                    if (ExecuteAtomic(block, op))
                        goto leave;
                    break;
                case MicroOpCode.Csr:
                    if (ExecuteCsr(block, op))
                        goto leave;
                    break;
                default:
                    if (ExecuteOther(block, op))
                        goto leave;
                    break;
            }

            op++;
        }

    taken:
        if (TProbe.CountsBlocks)
            probe.BlockLeft(this, block, block->Count, BlockExitReason.Branch, branchTaken: true);
        next = block->Taken;
        if (next != null)
        {
            block = next;
            goto enter;
        }

        address = block->Pc + (ulong)(long)op->Imm;
        if (((address ^ block->Pc) & PageMask) != 0)
            goto lookup;
        block = Link(block, address, taken: true);
        goto enter;

    notTaken:
        op++;
        if (TProbe.CountsBlocks)
            probe.BlockLeft(this, block, block->Count, BlockExitReason.Fallthrough, branchTaken: false);
        goto following;

    endOfBlock:
        if (TProbe.CountsBlocks)
        {
            BlockExitReason reason = state->Remaining > 0 ? BlockExitReason.Fallthrough : SliceEndReason;
            probe.BlockLeft(this, block, block->Count, reason, branchTaken: false);
        }

    following:
        next = block->Following;
        if (next != null)
        {
            block = next;
            goto enter;
        }

        block = Link(block, block->Pc + op->PcOffset, taken: false);
        goto enter;

    indirect:
        if (TProbe.CountsBlocks)
            probe.BlockLeft(this, block, block->Count, BlockExitReason.Branch, branchTaken: false);

    lookup:
        next = state->JumpCache[(address >> 1) & (JumpCacheSize - 1)];
        if (next->Pc == address && next->ContextTag == state->ContextTag)
        {
            block = next;
            goto enter;
        }

        block = EnterAt(address);
        goto enter;

    leave:
        LeaveBlock(ref probe, block, op);
    }
}
