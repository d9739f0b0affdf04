namespace Engine.Emulator.Cpu;

/// <summary>All stacks of calls that were seen, up to a depth and a number; what is called beyond is counted for its caller.</summary>
internal sealed class CallTree
{
    private const int MaxDepth = 256;
    private const int MaxNodes = 1 << 17;

    private int _count;
    private CallNode? _others;

    /// <summary>Stands above what nothing has called.</summary>
    public CallNode Root { get; } = new(0, null);

    /// <summary>The node of a function that is called from another.</summary>
    public CallNode ChildOf(CallNode caller, ulong function)
    {
        if (caller.Find(function) is CallNode known)
            return known;
        if (caller.Depth == MaxDepth || (_count == MaxNodes && caller.Parent is not null))
            return caller;
        if (_count == MaxNodes)
            return _others ??= Root.Add(CallFrame.NoReturn);
        _count++;
        return caller.Add(function);
    }
}
