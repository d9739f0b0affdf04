using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>What options with boundaries have to be like.</summary>
internal static class BoundaryRules
{
    /// <summary>The window of a subscription with boundaries, with what its events have to pass as well.</summary>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    public static BoundaryWindow<T> WindowOf<T>(SubscriptionOptions<T> options, EventFilter<T>? passing)
        where T : unmanaged, IEvent<T>
    {
        if (!options.IsBounded)
            throw new ArgumentException("A Region needs From or Until, which name the virtual CPU.", nameof(options));
        if (options.Until is { } until)
            CheckEnd(options.From ?? Boundary.Next(until.VCpu, until.VmId), until);
        return new BoundaryWindow<T>(Both(RegionFilter<T>(options.Region), passing));
    }

    /// <exception cref="ArgumentException">The end is none, is of another virtual CPU, or comes before the beginning.</exception>
    public static void CheckEnd(Boundary from, Boundary until)
    {
        if (until.IsNext)
            throw new ArgumentException("Until must be an instruction count; Boundary.Next is only to begin at.", nameof(until));
        if (from.VCpu != until.VCpu || from.VmId != until.VmId)
            throw new ArgumentException($"From and Until must be of one virtual CPU; got {from} and {until}.", nameof(until));
        if (!from.IsNext && from.InstructionCount >= until.InstructionCount)
            throw new ArgumentException($"From must come before Until; got {from} and {until}.", nameof(until));
    }

    private static EventFilter<T>? RegionFilter<T>(ExecutionRegion? region)
        where T : unmanaged, IEvent<T>
    {
        if (region is null)
            return null;
        region.Check();
        return (object)new RegionFilter(region) as EventFilter<T>
            ?? throw new ArgumentException(
                $"A Region is for {InstructionRetired.Descriptor.Name}; {T.Descriptor.Name} events can be filtered by their address.",
                nameof(region));
    }

    // The guard against repeats trims batches, so it comes first.
    private static EventFilter<T>? Both<T>(EventFilter<T>? region, EventFilter<T>? passing)
        where T : unmanaged, IEvent<T> =>
        region is null ? passing
        : passing is null ? region
        : passing is RepeatGuard<T> guard ? new RepeatGuard<T>(Both(region, guard.Inner))
        : region.And(passing);
}

/// <summary>Passes the instructions of a region.</summary>
internal sealed class RegionFilter(ExecutionRegion region) : EventFilter<InstructionRetired>
{
    public override bool Matches(in InstructionRetired @event, in Envelope envelope) =>
        region.Contains(@event.Pc, (PrivilegeMode)(@event.Flags & InstructionFlags.PrivilegeMask));
}
