using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>
/// Something that is asked of one virtual CPU, to be done between two of its instructions. All members are called under the lock of the
/// <see cref="BoundaryBook"/>, on the virtual CPU's thread.
/// </summary>
/// <param name="place">Names the virtual CPU.</param>
internal abstract class VCpuRequest(Boundary place)
{
    /// <summary>The next count at which there is something to do.</summary>
    public abstract ulong NextCount { get; }

    /// <summary>Whether the virtual CPU cannot be set back meanwhile, because the same would not come of it again.</summary>
    public virtual bool IsUnrepeatable => false;

    /// <summary>What it is called, for people.</summary>
    public virtual string Name => "";

    /// <summary>Whether it is asked of a producer.</summary>
    public bool IsAskedOf(ProducerInfo producer) => producer.VCpu == place.VCpu && producer.VmId == place.VmId;

    /// <summary>The virtual CPU is behind so many instructions. Returns whether there is something to tell.</summary>
    public abstract bool Reach(ulong count, IVCpuLanes lanes);

    /// <summary>The virtual CPU has ended. Returns whether there is something to tell.</summary>
    public abstract bool End(ulong count, IVCpuLanes lanes);

    /// <summary>The virtual CPU has been set back. Returns whether there is something to tell.</summary>
    public abstract bool Rewind(ulong count);

    /// <summary>What is to be called, outside the lock, to tell it. Must not throw.</summary>
    public abstract Action Tell(IVCpuLanes lanes);
}
