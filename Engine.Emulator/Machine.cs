using Engine.Emulator.Cpu;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Emulator;

/// <summary>
/// An RV64GC machine with up to eight harts. Its time is a function of the retired instructions and of the time it was idle, which
/// lasts to the next deadline of a timer: so two runs of one guest are identical, but for input from outside, and unless harts run on
/// threads of their own (<see cref="HartScheduling.Threads"/>). Members that name no hart are about hart 0. All members but
/// <see cref="RequestStop"/> and <see cref="Dispose"/> belong to the thread that runs it. After <see cref="Dispose"/> they throw
/// <see cref="ObjectDisposedException"/>; what stays to be read are <see cref="Traps"/>, <see cref="Devices"/> and <see cref="Hit"/>.
/// </summary>
public sealed partial class Machine : IMachineClock, IDeviceObserver, IDisposable
{
    private readonly MachineOptions _options;
    private readonly MmioBus _bus = new();
    private readonly VirtualCpu[] _cpus;
    private readonly MemorySharing? _sharing;

    // Hart 0: the only one where there is one.
    private readonly VirtualCpu _cpu;
    private readonly MachineEvents _events;
    private readonly Hart _hart;
    private readonly IdleClock _idle;
    private readonly List<ITimerDevice> _timers = [];
    private readonly List<IPolledDevice> _polled = [];
    private readonly List<IExitDevice> _exits = [];

    /// <summary>Creates a machine in its reset state, without devices.</summary>
    /// <param name="options">Memory and time.</param>
    /// <param name="engine">The engine to publish to, or null.</param>
    public Machine(MachineOptions options, EventEngine? engine = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _idle = new IdleClock(options.TimeProvider);
        Memory = new GuestMemory(options.RamSize);
        _sharing = RunsOnThreads ? new MemorySharing(Memory, options.HartCount) : null;
        _cpus = new VirtualCpu[options.HartCount];
        _starts = new ulong[options.HartCount];
        for (int number = 0; number < _cpus.Length; number++)
            _cpus[number] = new VirtualCpu(number, options, engine, Memory, _bus, ClockOfHarts(), _sharing);
        _cpu = _cpus[0];
        _events = _cpu.Events;
        _hart = _cpu.Hart;
        ConnectHarts();
        Memory.Freeing = Release;
        _events.MemoryAllocated(GuestMemory.RamBase, options.RamSize);
        foreach (VirtualCpu cpu in _cpus)
            cpu.SelectProbe();
    }

    /// <summary>RAM and boot ROM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Number of harts.</summary>
    public int HartCount => _cpus.Length;

    /// <summary>The interrupt inputs of hart 0.</summary>
    public IInterruptLines InterruptLines => _hart;

    /// <summary>The interrupt inputs of all harts, in the order of their numbers.</summary>
    public IReadOnlyList<IInterruptLines> InterruptLinesOfHarts => [.. _cpus.Select(static cpu => cpu.Hart)];

    /// <summary>Instructions that all harts have retired since the machine was created, whatever the guest writes to minstret.</summary>
    public ulong RetiredInstructions
    {
        get
        {
            using UseGate.Use use = Enter();
            return TotalRetired;
        }
    }

    /// <summary>The producers that the harts publish by, in the order of their numbers; none without an engine.</summary>
    public IReadOnlyList<EventProducer> Producers => [.. _cpus.Select(static cpu => cpu.Events.Producer).OfType<EventProducer>()];

    /// <summary>
    /// Counts of exceptions, interrupts and page faults of all harts. Of several it is a copy, of one hart it goes on to count.
    /// </summary>
    public TrapStatistics Traps =>
        _cpus.Length == 1 ? _hart.Statistics : TrapStatistics.Sum(_cpus.Select(static cpu => cpu.Hart.Statistics));

    /// <summary>Guest address of the next instruction.</summary>
    public ulong Pc
    {
        get
        {
            using UseGate.Use use = Enter();
            return _hart.Pc;
        }

        set
        {
            using UseGate.Use use = Enter();
            _hart.Pc = value;
        }
    }

    /// <summary>The hart's privilege mode.</summary>
    public PrivilegeMode Mode
    {
        get
        {
            using UseGate.Use use = Enter();
            return _hart.Mode;
        }
    }

    /// <summary>The attached devices in the order of attachment.</summary>
    public IReadOnlyList<IMmioDevice> Devices => _bus.Devices;

    /// <summary>What the machine was made with.</summary>
    internal MachineOptions Options => _options;

    /// <summary>The hart, for tests and debuggers.</summary>
    internal Hart Hart => _hart;

    /// <summary>The harts.</summary>
    internal IReadOnlyList<VirtualCpu> Cpus => _cpus;

    /// <summary>Publishes what devices report about their transfers.</summary>
    public IDeviceObserver DeviceObserver => _cpus.Length == 1 ? _events : this;

    /// <inheritdoc/>
    public ulong Ticks
    {
        get
        {
            using UseGate.Use use = Enter();
            return _cpus.Length == 1 ? (_hart.Retired / (ulong)_options.InstructionsPerTick) + _idleTicks : TicksOfHarts;
        }
    }

    /// <summary>Reads a register of the hart.</summary>
    /// <param name="index">0 to 31.</param>
    public ulong GetRegister(int index)
    {
        CheckRegister(index);
        using UseGate.Use use = Enter();
        return _hart.GetRegister(index);
    }

    /// <summary>Writes a register of the hart; x0 stays 0.</summary>
    /// <param name="index">0 to 31.</param>
    /// <param name="value">The value.</param>
    public void SetRegister(int index, ulong value)
    {
        CheckRegister(index);
        using UseGate.Use use = Enter();
        _hart.SetRegister(index, value);
    }

    /// <summary>Attaches a device, as a timer, polled or exit device too when it is one.</summary>
    /// <exception cref="ArgumentException">Its registers overlap those of another device.</exception>
    public void Attach(IMmioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using UseGate.Use use = Enter();
        _bus.Attach(device);
        if (device is ITimerDevice timer)
            _timers.Add(timer);
        if (device is IPolledDevice polled)
            _polled.Add(polled);
        if (device is IExitDevice exit)
            _exits.Add(exit);
        if (device is IInterruptController controller)
            ConnectController(controller);
        if (device is IInterruptingDevice source)
            ConnectSource(source.InterruptSource, (uint)_bus.Devices.Count);
        DeadlineChanged();
        _events.DeviceAdded((uint)_bus.Devices.Count, KindOf(device), device.BaseAddress);
    }

    /// <summary>Detaches a device; false when it was not attached.</summary>
    public bool Detach(IMmioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using UseGate.Use use = Enter();
        int index = _bus.Devices.ToList().IndexOf(device);
        if (!_bus.Detach(device))
            return false;
        if (device is ITimerDevice timer)
            _timers.Remove(timer);
        if (device is IPolledDevice polled)
            _polled.Remove(polled);
        if (device is IExitDevice exit)
            _exits.Remove(exit);
        if (device is IInterruptingDevice source)
            ConnectSource(source.InterruptSource, 0);
        if (device == _controller)
            ConnectController(null);
        DeadlineChanged();
        _events.DeviceRemoved((uint)index + 1, KindOf(device), device.BaseAddress);
        return true;
    }

    /// <summary>
    /// Ends the run when the guest stores an odd value to a word of RAM; the exit code is the value without its lowest bit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The address is not in RAM.</exception>
    public void WatchToHost(ulong physicalAddress)
    {
        using UseGate.Use use = Enter();
        bool isInRam = true;
        foreach (VirtualCpu cpu in _cpus)
            isInRam &= cpu.Hart.Watch(physicalAddress);
        if (!isInRam)
        {
            throw new ArgumentOutOfRangeException(
                nameof(physicalAddress), physicalAddress, "The tohost word must lie in RAM.");
        }
    }

    /// <summary>Makes <see cref="Run"/> return; may be called from any thread and from inline event handlers.</summary>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    public void RequestStop()
    {
        using UseGate.Use use = Enter();
        _hart.RequestStop();
        WakeAll();
    }

    /// <summary>Makes <see cref="Run"/> return for a debugger; may be called from any thread.</summary>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    internal void RequestDebugStop()
    {
        using UseGate.Use use = Enter();
        _hart.RequestDebugStop();
        WakeAll();
    }

    /// <summary>
    /// Ends the machine. May be called from any thread, and again: a run that goes on ends with <see cref="VCpuExitReason.Cancelled"/>,
    /// and frees the memory when it has ended; does not wait for it.
    /// </summary>
    public void Dispose()
    {
        if (!Memory.Gate.TryEnter(out UseGate.Use use))
            return;

        // In this order: a run that begins before the gate is closed still sees the request.
        using (use)
        {
            Memory.Dispose();
            _hart.RequestStop();
            WakeAll();
        }
    }

    internal void ThrowIfDisposed() => Enter().Dispose();

    /// <summary>Keeps hart and memory until the use is disposed.</summary>
    private UseGate.Use Enter() => Memory.Gate.Enter();

    private void Release()
    {
        _events.ReleaseOwnership();
        try
        {
            if (_events.IsOpen)
                _events.MemoryFreed(GuestMemory.RamBase, _options.RamSize);
        }
        finally
        {
            foreach (VirtualCpu cpu in _cpus)
                cpu.Dispose();
            _sharing?.Dispose();
        }
    }

    private static MachineDeviceKind KindOf(IMmioDevice device) => device switch
    {
        IInterruptController => MachineDeviceKind.InterruptController,
        IPolledDevice => MachineDeviceKind.Polled,
        ITimerDevice => MachineDeviceKind.Timer,
        IExitDevice => MachineDeviceKind.Exit,
        _ => MachineDeviceKind.Other,
    };

    private static void CheckRegister(int index)
    {
        if (index is < 0 or > 31)
            throw new ArgumentOutOfRangeException(nameof(index), index, "A register number must be from 0 to 31.");
    }
}
