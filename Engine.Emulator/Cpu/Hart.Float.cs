using System.Runtime.CompilerServices;
using Engine.Emulator.FloatingPoint;

namespace Engine.Emulator.Cpu;

/// <summary>The F and D extensions: registers, loads and stores, and the choice of an operation.</summary>
internal sealed unsafe partial class Hart
{
    private const ulong BoxOfSingle = 0xFFFF_FFFF_0000_0000;

    private FloatFlags _floatFlags;
    private int _floatRounding;

    private bool IsFloatOff => (_status & StatusBits.FloatState) == 0;

    /// <summary>Reads a floating-point register.</summary>
    public ulong GetFloatRegister(int index) => _state->F[index];

    /// <summary>Writes a floating-point register between two instructions, whatever mstatus.FS says.</summary>
    public void SetFloatRegister(int index, ulong value) => _state->F[index] = value;

    /// <summary>
    /// Executes what the interpreter has no case for, so that its loop is the same without floating point; true when the block has to
    /// be left.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ExecuteOther(Block* block, MicroOp* op)
    {
        switch (op->PlainCode)
        {
            case MicroOpCode.Float:
                return ExecuteFloat(block, op);
            case MicroOpCode.Flw or MicroOpCode.Fld or MicroOpCode.Fsw or MicroOpCode.Fsd:
                return AccessFloat(block, op);
            case MicroOpCode.Fence:
                ExecuteFence(op->Raw);
                return false;
            default:
                ExecuteSystem(block, op);
                return true;
        }
    }

    /// <summary>Executes a load or store of a floating-point register; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool AccessFloat(Block* block, MicroOp* op)
    {
        if (IsFloatOff)
            return RefuseFloat(block, op);
        ulong address = _state->X[op->Rs1] + (ulong)(long)op->Imm;
        if (op->PlainCode is MicroOpCode.Fsw or MicroOpCode.Fsd)
            return StoreFrom(block, op, address, _state->F[op->Rs2]);
        if (!TryLoadInto(block, op, address, out ulong value))
            return true;
        SetFloat(op->Rd, op->PlainCode == MicroOpCode.Flw ? value | BoxOfSingle : value);
        return _leave != Leave.No || Continue();
    }

    /// <summary>Executes an operation; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ExecuteFloat(Block* block, MicroOp* op)
    {
        int mode = FloatImmediate.Mode(op->Imm);
        if (mode == FloatImmediate.Dynamic)
            mode = _floatRounding;
        if (IsFloatOff || mode > (int)RoundingMode.NearestMaxMagnitude)
            return RefuseFloat(block, op);
        FloatOperation operation = FloatImmediate.Operation(op->Imm);
        if (operation >= FloatOperation.ToSigned32)
        {
            FloatFlags before = _floatFlags;
            _state->X[op->Rd] = IntegerOf(op, operation, (RoundingMode)mode);
            if (_floatFlags != before)
                MarkFloatDirty();
        }
        else if (operation > FloatOperation.NegatedMultiplyAdd)
        {
            SetFloat(op->Rd, MovedOrConverted(op, operation, (RoundingMode)mode));
        }
        else if (FloatImmediate.IsDouble(op->Imm))
        {
            SetFloat(op->Rd, ComputeDouble(op, operation, (RoundingMode)mode));
        }
        else
        {
            SetFloat(op->Rd, BoxOfSingle | ComputeSingle(op, operation, (RoundingMode)mode));
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RefuseFloat(Block* block, MicroOp* op)
    {
        Synchronize(block, op);
        SetPending(TrapCause.IllegalInstruction, op->Raw);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetFloat(int register, ulong value)
    {
        _state->F[register] = value;
        MarkFloatDirty();
    }

    private void MarkFloatDirty() => _status |= StatusBits.FloatState | StatusBits.StateDirty;

    /// <summary>A single value: in a register that holds something else it is a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong SingleIn(int register)
    {
        ulong bits = _state->F[register];
        return bits >= BoxOfSingle ? (uint)bits : FloatFormat.Single.CanonicalNaN;
    }

    private ulong FloatIn(int register, bool isDouble) => isDouble ? _state->F[register] : SingleIn(register);
}
