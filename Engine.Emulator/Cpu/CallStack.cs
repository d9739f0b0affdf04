namespace Engine.Emulator.Cpu;

/// <summary>The stack of what has been entered, and the stacks of other threads until they go on.</summary>
internal sealed class CallStack(IHartObserver? observer)
{
    private const int MaxDepth = 1 << 16;
    private const int MaxParked = 1 << 12;

    private readonly Dictionary<CallKey, CallFrame[]> _parked = [];
    private CallFrame[] _frames = new CallFrame[64];

    /// <summary>Frames on the stack.</summary>
    public int Depth { get; private set; }

    /// <summary>Enters a function or trap. Of a stack that grows without end the older half is forgotten.</summary>
    public void Push(in CallFrame frame, ulong now)
    {
        if (Depth == MaxDepth)
        {
            Depth = MaxDepth / 2;
            Array.Copy(_frames, MaxDepth - Depth, _frames, 0, Depth);
            observer?.Switched(_frames.AsSpan(0, Depth), now);
        }
        else if (Depth == _frames.Length)
        {
            Array.Resize(ref _frames, 2 * Depth);
        }

        _frames[Depth++] = frame;
    }

    /// <summary>The depth of the call that returns so, not looking beyond a trap; negative when there is none.</summary>
    public int FindCall(ulong returnAddress, ulong stackPointer)
    {
        for (int depth = Depth - 1; depth >= 0 && !_frames[depth].IsTrap; depth--)
        {
            if (_frames[depth].ReturnAddress == returnAddress && _frames[depth].StackPointer == stackPointer)
                return depth;
        }

        return -1;
    }

    /// <summary>The depth of the trap that returns so; negative when there is none.</summary>
    public int FindTrap(ulong stackPointer, ulong addressSpace)
    {
        for (int depth = Depth - 1; depth >= 0; depth--)
        {
            ref CallFrame frame = ref _frames[depth];
            if (frame.IsTrap && frame.StackPointer == stackPointer && frame.AddressSpace == addressSpace)
                return depth;
        }

        return -1;
    }

    /// <summary>Leaves all from a depth on; returns where instructions count then.</summary>
    public CallNode Cut(int depth)
    {
        Depth = depth;
        return _frames[depth].Caller;
    }

    /// <summary>Keeps the stack for when it goes on, and goes on with another: one that was kept, or else an empty one.</summary>
    /// <returns>Where instructions count then; null for an empty stack.</returns>
    public CallNode? TryResume(CallKey key, ulong now)
    {
        Park(ofTrap: key.IsTrap);
        CallNode? node = null;
        Depth = 0;
        if (_parked.Remove(key, out CallFrame[]? frames))
        {
            // The frame that the return leaves is the last one.
            Depth = frames.Length - 1;
            if (_frames.Length < frames.Length)
                Array.Resize(ref _frames, MaxDepth);
            frames.CopyTo(_frames, 0);
            node = frames[^1].Caller;
        }

        observer?.Switched(_frames.AsSpan(0, Depth), now);
        return node;
    }

    private void Park(bool ofTrap)
    {
        // What goes on when a trap returns is what the trap interrupted; its handler's own calls are over then.
        int depth = Depth - 1;
        while (ofTrap && depth >= 0 && !_frames[depth].IsTrap)
            depth--;
        if (depth < 0)
            depth = Depth - 1;
        if (depth < 0)
            return;
        CallFrame last = _frames[depth];
        var key = new CallKey(last.IsTrap, last.IsTrap ? 0 : last.ReturnAddress, last.StackPointer, last.AddressSpace);
        if (_parked.Count == MaxParked)
            _parked.Remove(_parked.Keys.First());
        _parked[key] = _frames[..(depth + 1)];
    }
}
