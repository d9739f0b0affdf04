namespace Engine.Subscriptions;

/// <summary>
/// A region that a subscription wants of one virtual CPU, and the count of instructions in it and outside. The virtual CPU's thread
/// counts; any thread may read.
/// </summary>
/// <param name="region">The region.</param>
public sealed class RegionTally(ExecutionRegion region)
{
    private ulong _inside;
    private ulong _outside;

    /// <summary>The region.</summary>
    public ExecutionRegion Region { get; } = region;

    /// <summary>Instructions in the region.</summary>
    public ulong Inside => Volatile.Read(ref _inside);

    /// <summary>Instructions outside.</summary>
    public ulong Outside => Volatile.Read(ref _outside);

    /// <summary>Counts instructions that have retired.</summary>
    /// <param name="inside">Those in the region.</param>
    /// <param name="outside">Those outside.</param>
    public void Count(uint inside, uint outside)
    {
        Volatile.Write(ref _inside, _inside + inside);
        Volatile.Write(ref _outside, _outside + outside);
    }

    internal void Set(ulong inside, ulong outside)
    {
        Volatile.Write(ref _inside, inside);
        Volatile.Write(ref _outside, outside);
    }
}
