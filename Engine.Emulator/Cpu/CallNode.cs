namespace Engine.Emulator.Cpu;

/// <summary>A place in the tree of calls: a function, called by its parent. The root stands for no function.</summary>
internal sealed class CallNode(ulong function, CallNode? parent)
{
    private CallNode? _next;

    /// <summary>Address of the function's first instruction.</summary>
    public ulong Function { get; } = function;

    /// <summary>The caller, or null for the root.</summary>
    public CallNode? Parent { get; } = parent;

    /// <summary>Functions above it.</summary>
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>Instructions retired in the function itself when it was called so.</summary>
    public ulong SelfInstructions;

    /// <summary>The functions called from here.</summary>
    public IEnumerable<CallNode> Children
    {
        get
        {
            for (CallNode? child = FirstChild; child is not null; child = child._next)
                yield return child;
        }
    }

    private CallNode? FirstChild { get; set; }

    /// <summary>The child of a function, which becomes the first to be looked at; null where there is none.</summary>
    public CallNode? Find(ulong function)
    {
        CallNode? first = FirstChild;
        if (first is null || first.Function == function)
            return first;
        for (CallNode previous = first; previous._next is CallNode child; previous = child)
        {
            if (child.Function != function)
                continue;
            previous._next = child._next;
            child._next = first;
            FirstChild = child;
            return child;
        }

        return null;
    }

    /// <summary>Adds a child.</summary>
    public CallNode Add(ulong function)
    {
        var child = new CallNode(function, this) { _next = FirstChild };
        FirstChild = child;
        return child;
    }
}
