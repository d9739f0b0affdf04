using Engine.Emulator.Cpu;
using Engine.Emulator.Memory;
using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>Causal breakpoints: stops before an event, when nobody has been told of it and nothing of it has happened.</summary>
public sealed partial class Machine
{
    /// <summary>Names of the event types before which the machine can stop.</summary>
    internal static readonly string[] CausalEventTypes =
    [
        InstructionRetired.Descriptor.Name, PageFaulted.Descriptor.Name, ExceptionRaised.Descriptor.Name,
        InterruptRaised.Descriptor.Name, InterruptReturned.Descriptor.Name, GuestCalled.Descriptor.Name, MmioAccessed.Descriptor.Name,
    ];

    private CausalBreakpoint[] _breakpoints = [];
    private CausalOrder? _causalOrder;

    /// <summary>Why the last run ended, if it did with <see cref="VCpuExitReason.Breakpoint"/>; otherwise null.</summary>
    public BreakpointHit? Hit { get; private set; }

    /// <summary>
    /// Makes <see cref="Run"/> end before the event that fulfils a condition, with <see cref="VCpuExitReason.Breakpoint"/>: dispatched and
    /// inline subscribers and devices have seen nothing of it. Registers and memory can be looked at and changed; the next run
    /// begins with the same instruction, and the event happens if there is still a cause. Between two runs. Instructions that
    /// cannot match run at full speed, and so does all else while no instruction is waited for.
    /// </summary>
    /// <param name="condition">
    /// On <c>vm.instruction</c> (whose test is asked when code is decoded, and again when it comes), <c>vm.page-fault</c>,
    /// <c>vm.exception</c>, <c>vm.interrupt-raised</c>, <c>vm.interrupt-returned</c>, <c>vm.guest-call</c> and <c>vm.mmio</c>. An
    /// instruction that faults has not retired and does not count; but where it is the one to stop before, that is found out later.
    /// </param>
    /// <exception cref="ArgumentException">The condition is on another event type: those tell of what has happened already.</exception>
    /// <remarks>
    /// Of several harts all are watched, and all stand still at a hit. The events of harts in turn count in the order in which they happen;
    /// those of harts on threads in the order in which the harts ask before them, one at a time. Tests are called by one thread at a time,
    /// that of the hart. At a hit the other harts on threads have gone on until they looked around, by up to 8,192 instructions each, but
    /// not past an event of these types; what they have come to there is asked about when the machine runs on.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The machine is running.</exception>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    public CausalBreakpoint Break(EventCondition condition)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        ArgumentNullException.ThrowIfNull(condition);
        if (condition.EventTypes.FirstOrDefault(static name => !CausalEventTypes.Contains(name)) is string other)
        {
            throw new ArgumentException(
                $"The machine cannot stop before {other}, only before {string.Join(", ", CausalEventTypes)}.", nameof(condition));
        }

        var breakpoint = new CausalBreakpoint(this, condition);
        SetBreakpoints([.. _breakpoints, breakpoint]);
        return breakpoint;
    }

    internal void Remove(CausalBreakpoint breakpoint)
    {
        try
        {
            using UseGate.Use use = Memory.Gate.Hold();
            SetBreakpoints([.. _breakpoints.Where(other => other != breakpoint)]);
        }
        catch (ObjectDisposedException)
        {
            // Of a machine that has been disposed there is nothing to take it from.
        }
    }

    // Each hart has its own moments; how far the conditions have matched they share.
    private void SetBreakpoints(CausalBreakpoint[] breakpoints)
    {
        _breakpoints = breakpoints;
        _causalOrder = breakpoints.Length > 0 && RunsOnThreads ? new CausalOrder() : null;
        foreach (VirtualCpu cpu in _cpus)
        {
            CausalStops? earlier = cpu.Hart.Stops;
            CausalStops? stops = breakpoints.Length == 0
                ? null
                : new CausalStops([.. breakpoints.Select(static breakpoint => breakpoint.Matcher)], _causalOrder);
            if (earlier is not null)
                stops?.GoOnFrom(earlier);
            if (_causalOrder is not null)
                _causalOrder.HasHit |= stops!.Hit is not null;
            cpu.Hart.Stops = stops;
        }
    }

    private bool TakeHit()
    {
        CausalHit? hit = null;
        bool haveMarksChanged = false;
        foreach (VirtualCpu cpu in _cpus)
        {
            CausalStops stops = cpu.Hart.Stops!;
            haveMarksChanged |= stops.HaveMarksChanged;
            hit ??= stops.Hit;
            (stops.HaveMarksChanged, stops.Hit) = (false, null);
        }

        if (_causalOrder is not null)
            _causalOrder.HasHit = false;
        if (haveMarksChanged)
        {
            foreach (VirtualCpu cpu in _cpus)
                cpu.Hart.DropBlocks();
        }

        if (hit is null)
            return false;
        Hit = new BreakpointHit(Array.Find(_breakpoints, b => b.Matcher == hit.Matcher)!, hit.At, hit.EventType, hit.Event);
        return true;
    }
}
