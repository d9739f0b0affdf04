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

    /// <summary>The hart.</summary>
    public Hart Hart => machine.Hart;

    /// <summary>Why the last run stopped, if it did for the debugger.</summary>
    public DebugStop Stop => Hart.DebugStop;

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
            return RunMachine(maxInstructions);

        // The breakpoint that the hart stands at has been seen.
        MachineRunResult first = Execute(1);
        if (first.Reason != Events.Vm.VCpuExitReason.InstructionBudget)
            return first;
        MachineRunResult rest = RunMachine(maxInstructions - 1);
        return rest with { RetiredInstructions = rest.RetiredInstructions + first.RetiredInstructions };
    }

    /// <summary>Executes one instruction. An interrupt that is due is taken before it.</summary>
    public MachineRunResult Step()
    {
        Prepare();
        return Execute(1);
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

    private MachineRunResult RunMachine(ulong maxInstructions) =>
        history?.Run(maxInstructions) ?? machine.Run(maxInstructions);

    private void Prepare()
    {
        Hart.DebugStop = default;
        Hart.SetBreakpoints(_breakpoints);
        if (_watchpointsChanged)
            Hart.SetWatchpoints(_watchpoints);
        _watchpointsChanged = false;
    }

    private MachineRunResult Execute(ulong instructions)
    {
        Hart.SteppedOver = Hart.Pc;
        try
        {
            return RunMachine(instructions);
        }
        finally
        {
            Hart.SteppedOver = ulong.MaxValue;
        }
    }
}
