namespace Engine.Order;

/// <summary>How far the merging thread is with an input, as of its last look. The merging thread's.</summary>
internal struct MergePlace
{
    /// <summary>The next position to take.</summary>
    public long Head;

    /// <summary>The end of what may be taken.</summary>
    public long End;

    /// <summary>What the input's producer had promised.</summary>
    public long Progress;
}
