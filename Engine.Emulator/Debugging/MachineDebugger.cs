using Engine.Emulator.Cpu;
using Engine.Emulator.Memory;

namespace Engine.Emulator.Debugging;

/// <summary>
/// What a debugger does to a machine between two runs: breakpoints, watchpoints, memory by virtual addresses, single steps. All
/// members belong to the thread that runs the machine.
/// </summary>
internal sealed partial class MachineDebugger(Machine machine, MachineHistory? history = null)
{
    private readonly HashSet<ulong> _breakpoints = [];
    private readonly List<Watchpoint> _watchpoints = [];
    private bool _watchpointsChanged;

    /// <summary>The hart that registers and virtual addresses are of, and that steps.</summary>
    public Hart Hart => machine.Cpus[Selected].Hart;

    /// <summary>Number of that hart.</summary>
    public int Selected { get; private set; }

    /// <summary>Number of harts.</summary>
    public int HartCount => machine.HartCount;

    /// <summary>
    /// Why the last run stopped, if it did for the debugger; the hart that a breakpoint or watchpoint stopped is selected then.
    /// </summary>
    public DebugStop Stop => (Stopped ?? Hart).DebugStop;

    private Hart? Stopped => Hart.DebugStop.Kind != DebugStopKind.None
        ? Hart
        : machine.Cpus.Select(static cpu => cpu.Hart).FirstOrDefault(static hart => hart.DebugStop.Kind != DebugStopKind.None);

    /// <summary>Selects a hart; false when there is none of that number.</summary>
    public bool TrySelect(int hart)
    {
        if (hart < 0 || hart >= machine.HartCount)
            return false;
        Selected = hart;
        return true;
    }

    public void AddBreakpoint(ulong address) => _breakpoints.Add(address);

    public void RemoveBreakpoint(ulong address) => _breakpoints.Remove(address);

    public void Add(Watchpoint watchpoint)
    {
        if (_watchpoints.Contains(watchpoint))
            return;
        _watchpoints.Add(watchpoint);
        _watchpointsChanged = true;
    }

    public void Remove(Watchpoint watchpoint) => _watchpointsChanged |= _watchpoints.Remove(watchpoint);

    /// <summary>Removes all breakpoints and watchpoints.</summary>
    public void Clear()
    {
        _breakpoints.Clear();
        _watchpointsChanged |= _watchpoints.Count > 0;
        _watchpoints.Clear();
    }

    /// <summary>Whether there is a way back.</summary>
    public bool HasHistory => history is not null;

    /// <summary>Says that the debugger changes registers or memory.</summary>
    public void NoteChange() => history?.NoteChange();

    /// <summary>Runs until something stops the machine.</summary>
    public MachineRunResult Continue(ulong maxInstructions)
    {
        Prepare();
        if (maxInstructions == 0 || !_breakpoints.Contains(Hart.Pc))
            return Run(maxInstructions);

        // The breakpoint that the hart stands at has been seen.
        MachineRunResult first = Execute(maxInstructions);
        if (first.Reason != Events.Vm.VCpuExitReason.InstructionBudget)
            return first;
        MachineRunResult rest = Run(maxInstructions - first.RetiredInstructions);
        return rest with { RetiredInstructions = rest.RetiredInstructions + first.RetiredInstructions };
    }

    /// <summary>
    /// Has the selected hart execute an instruction. An interrupt that is due is taken before it. Other harts stand still, or have their
    /// turns where harts run in turn.
    /// </summary>
    public MachineRunResult Step(ulong maxInstructions)
    {
        Prepare();
        return Execute(maxInstructions);
    }

    /// <summary>Reads memory; false where there is none, or a device.</summary>
    public bool TryReadMemory(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = (int)Math.Min((ulong)destination.Length, GuestMemory.FrameSize - (address % GuestMemory.FrameSize));
            if (!Hart.TryInspectTranslation(address, out ulong physical) || !machine.Memory.TryRead(physical, destination[..count]))
                return false;
            address += (ulong)count;
            destination = destination[count..];
        }

        return true;
    }

    /// <summary>Writes RAM; false where there is none. What comes before such an address has been written.</summary>
    public bool TryWriteMemory(ulong address, ReadOnlySpan<byte> source)
    {
        NoteChange();
        while (!source.IsEmpty)
        {
            int count = (int)Math.Min((ulong)source.Length, GuestMemory.FrameSize - (address % GuestMemory.FrameSize));
            if (!Hart.TryInspectTranslation(address, out ulong physical) || !machine.Memory.TryWrite(physical, source[..count]))
                return false;
            address += (ulong)count;
            source = source[count..];
        }

        return true;
    }

    /// <summary>Runs all harts; the one that stopped is selected behind.</summary>
    private MachineRunResult Run(ulong maxInstructions, int? stepped = null)
    {
        MachineRunResult result = history?.Run(maxInstructions, stepped)
            ?? (stepped is null ? machine.Run(maxInstructions) : machine.RunPiece(maxInstructions, stepped));
        if (Stopped is { DebugStop.Kind: not DebugStopKind.Requested } stopped)
            Selected = stopped.Number;
        return result;
    }

    private void Prepare()
    {
        foreach (VirtualCpu cpu in machine.Cpus)
        {
            cpu.Hart.DebugStop = default;
            cpu.Hart.SetBreakpoints(_breakpoints);
            if (_watchpointsChanged)
                cpu.Hart.SetWatchpoints(_watchpoints);
        }

        _watchpointsChanged = false;
    }

    private MachineRunResult Execute(ulong maxInstructions)
    {
        Hart hart = Hart;
        hart.SteppedOver = hart.Pc;
        try
        {
            return machine.RunsOnThreads ? machine.StepHart(Selected) : Run(maxInstructions, Selected);
        }
        finally
        {
            hart.SteppedOver = ulong.MaxValue;
        }
    }
}
