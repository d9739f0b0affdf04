using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>A part of a program: the instructions at some addresses, in some modes.</summary>
public sealed record ExecutionRegion
{
    /// <summary>The first address.</summary>
    public ulong FirstPc { get; init; }

    /// <summary>The last address.</summary>
    public ulong LastPc { get; init; } = ulong.MaxValue;

    /// <summary>The privilege modes; null for all.</summary>
    public IReadOnlyCollection<PrivilegeMode>? Modes
    {
        get;
        init
        {
            field = value;
            ModeBits = value is null ? ~0u : value.Aggregate(0u, static (bits, mode) => bits | (1u << (int)mode));
        }
    }

    internal uint ModeBits { get; private init; } = ~0u;

    /// <summary>Whether instructions of a mode are in it, if their address is.</summary>
    /// <param name="mode">The mode.</param>
    public bool Has(PrivilegeMode mode) => ((ModeBits >> (int)mode) & 1) != 0;

    /// <summary>Whether an instruction is in it.</summary>
    /// <param name="pc">Its address.</param>
    /// <param name="mode">The mode it runs in.</param>
    public bool Contains(ulong pc, PrivilegeMode mode) => pc >= FirstPc && pc <= LastPc && Has(mode);

    /// <exception cref="ArgumentException">The region is empty.</exception>
    internal void Check()
    {
        if (FirstPc > LastPc)
            throw new ArgumentException($"The first address of a region must not be above its last; got {FirstPc:x} and {LastPc:x}.");
        if (ModeBits == 0)
            throw new ArgumentException("A region must have a privilege mode; the list is empty.");
    }
}
