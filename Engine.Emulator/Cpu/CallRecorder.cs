using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Counts every retired instruction for the stack of calls it was retired in, as a shadow stack of calls, returns and traps has it.
/// </summary>
/// <remarks>
/// Which jumps are calls and returns is what the ISA's hints for return-address predictors say: links through ra and t0. A return
/// matches a call with its address and stack pointer. One that matches another stack that was left so goes on with that: so threads
/// and processes are told apart in any kernel that switches them by returning, without knowing it.
/// </remarks>
internal sealed unsafe class CallRecorder
{
    private const int ReturnAddressRegister = 1;
    private const int AlternateRegister = 5;
    private const int StackPointerRegister = 2;

    private readonly CallTree _tree = new();
    private readonly CallStack _stack;
    private CallNode _node;
    private bool _enters = true;
    private ulong _returnAddress = CallFrame.NoReturn;
    private ulong _stackPointer;
    private PrivilegeMode _returnMode;

    public CallRecorder(IHartObserver? observer)
    {
        Observer = observer;
        _node = _tree.Root;
        _stack = new CallStack(observer);
    }

    /// <summary>Follows what is called, or null.</summary>
    public IHartObserver? Observer { get; }

    /// <summary>The tree, with the counts of all that has retired so far.</summary>
    public CallNode Root => _tree.Root;

    /// <summary>A run of instructions of one block has retired.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BlockLeft(Hart hart, Block* block, uint retired)
    {
        if (_enters)
            Enter(block->Pc, hart.Retired - retired);
        _node.SelfInstructions += retired;
        MicroOp* last = Block.Ops(block) + (retired - 1);
        if (last->PlainCode is MicroOpCode.Jal or MicroOpCode.Jalr or MicroOpCode.Mret or MicroOpCode.Sret)
            Transfer(hart, block, last);
    }

    /// <summary>A trap is about to be taken: pc and mode are still those of what it interrupts.</summary>
    public void TrapTaken(Hart hart, ulong cause, PrivilegeMode to)
    {
        ulong now = hart.Retired;
        if (_enters)
            Enter(hart.Pc, now);
        Push(new CallFrame(cause, CallFrame.NoReturn, hart.GetRegister(StackPointerRegister), hart.AddressSpace, true, _node), now);
        Expect(CallFrame.NoReturn, hart);
        Observer?.ModeChanged(to, now);
    }

    /// <summary>A trap handler returns with the instruction that is being executed.</summary>
    public void TrapReturning(PrivilegeMode to) => _returnMode = to;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Transfer(Hart hart, Block* block, MicroOp* op)
    {
        if (op->PlainCode is MicroOpCode.Mret or MicroOpCode.Sret)
        {
            ReturnFromTrap(hart);
            return;
        }

        bool links = IsLink(op->Rd);
        if (op->PlainCode == MicroOpCode.Jalr && IsLink(op->Rs1) && !(links && op->Rd == op->Rs1))
            Return(hart, (hart.GetRegister(op->Rs1) + (ulong)(long)op->Imm) & ~1UL);
        if (links)
            Expect(block->Pc + op->PcOffset + op->Length, hart);
    }

    private static bool IsLink(byte register) => register is ReturnAddressRegister or AlternateRegister;

    /// <summary>The next block begins a function.</summary>
    private void Expect(ulong returnAddress, Hart hart)
    {
        _enters = true;
        _returnAddress = returnAddress;
        _stackPointer = hart.GetRegister(StackPointerRegister);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Enter(ulong function, ulong now)
    {
        _enters = false;
        Push(new CallFrame(function, _returnAddress, _stackPointer, 0, false, _node), now);
        _node = _tree.ChildOf(_node, function);
    }

    private void Push(in CallFrame frame, ulong now)
    {
        _stack.Push(frame, now);
        Observer?.Entered(frame, now);
    }

    private void Return(Hart hart, ulong target)
    {
        ulong stackPointer = hart.GetRegister(StackPointerRegister);
        int depth = _stack.FindCall(target, stackPointer);
        if (depth < 0 && _stack.Depth <= 1)
        {
            // Nothing was called: startup code jumps through any register, and what it jumps to is next.
            if (_stack.Depth == 1)
            {
                _stack.Cut(0);
                Observer?.Left(0, hart.Retired);
            }

            _node = _tree.Root;
            Expect(CallFrame.NoReturn, hart);
            return;
        }

        LeaveOrSwitch(depth, new CallKey(false, target, stackPointer, 0), hart.Retired);
    }

    private void ReturnFromTrap(Hart hart)
    {
        ulong now = hart.Retired;
        ulong stackPointer = hart.GetRegister(StackPointerRegister);
        ulong space = hart.AddressSpace;
        LeaveOrSwitch(_stack.FindTrap(stackPointer, space), new CallKey(true, 0, stackPointer, space), now);
        Observer?.ModeChanged(_returnMode, now);
    }

    /// <summary>Leaves all from a depth on, or, where that is negative, goes on with another stack.</summary>
    private void LeaveOrSwitch(int depth, CallKey key, ulong now)
    {
        if (depth >= 0)
        {
            _node = _stack.Cut(depth);
            Observer?.Left(depth, now);
        }
        else if (_stack.TryResume(key, now) is CallNode node)
        {
            _node = node;
        }
        else
        {
            _node = _tree.Root;
            _enters = true;
            _returnAddress = CallFrame.NoReturn;
        }
    }
}
