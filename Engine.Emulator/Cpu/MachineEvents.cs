using Engine.Emulator.Devices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Emulator.Cpu;

/// <summary>
/// The one place through which the machine publishes events: a producer with a lane for each of <see cref="VmEvents"/>.
/// Without an engine, or for event types the engine does not know, nothing is published.
/// </summary>
/// <param name="engine">The engine, or null for a machine nobody can watch.</param>
/// <param name="producer">A producer of that engine. It is disposed with the machine.</param>
/// <param name="vCpu">Number of the hart.</param>
internal sealed partial class MachineEvents(EventEngine? engine, EventProducer? producer, int vCpu = 0) : IDeviceObserver, IDisposable
{
    private readonly ushort _vCpu = (ushort)vCpu;
    private readonly EventEngine? _engine = engine;
    private readonly EventProducer? _producer = producer;
    private readonly EventLane<PageFaulted>? _pageFaulted = LaneOf<PageFaulted>(engine, producer);
    private readonly EventLane<ExceptionRaised>? _exceptionRaised = LaneOf<ExceptionRaised>(engine, producer);
    private readonly EventLane<InterruptRaised>? _interruptRaised = LaneOf<InterruptRaised>(engine, producer);
    private readonly EventLane<InterruptReturned>? _interruptReturned = LaneOf<InterruptReturned>(engine, producer);
    private readonly EventLane<GuestCalled>? _guestCalled = LaneOf<GuestCalled>(engine, producer);
    private readonly EventLane<MmioAccessed>? _mmioAccessed = LaneOf<MmioAccessed>(engine, producer);
    private readonly EventLane<VCpuExited>? _exited = LaneOf<VCpuExited>(engine, producer);
    private readonly EventLane<CodeTranslated>? _codeTranslated = LaneOf<CodeTranslated>(engine, producer);
    private readonly EventLane<HotSpotDetected>? _hotSpot = LaneOf<HotSpotDetected>(engine, producer);
    private readonly EventLane<DeviceAdded>? _deviceAdded = LaneOf<DeviceAdded>(engine, producer);
    private readonly EventLane<DeviceRemoved>? _deviceRemoved = LaneOf<DeviceRemoved>(engine, producer);
    private readonly EventLane<DeviceIoCompleted>? _ioCompleted = LaneOf<DeviceIoCompleted>(engine, producer);
    private readonly EventLane<MemoryAllocated>? _memoryAllocated = LaneOf<MemoryAllocated>(engine, producer);
    private readonly EventLane<MemoryFreed>? _memoryFreed = LaneOf<MemoryFreed>(engine, producer);
    private readonly EventLane<MemoryMapped>? _memoryMapped = LaneOf<MemoryMapped>(engine, producer);
    private readonly EventLane<SnapshotCreated>? _snapshotCreated = LaneOf<SnapshotCreated>(engine, producer);
    private readonly EventLane<SnapshotRestored>? _snapshotRestored = LaneOf<SnapshotRestored>(engine, producer);
    private readonly EventLane<SnapshotDeleted>? _snapshotDeleted = LaneOf<SnapshotDeleted>(engine, producer);
    private readonly Dictionary<int, ushort> _devicesBySource = [];
    private Hart? _hart;

    /// <summary>The lane of instruction events.</summary>
    public EventLane<InstructionRetired>? Instructions { get; } = LaneOf<InstructionRetired>(engine, producer);

    /// <summary>The lane of block events.</summary>
    public EventLane<BlockExecuted>? Blocks { get; } = LaneOf<BlockExecuted>(engine, producer);

    /// <summary>The lane of memory accesses.</summary>
    public EventLane<MemoryAccessed>? Memory { get; } = LaneOf<MemoryAccessed>(engine, producer);

    /// <summary>
    /// The lane of changes of detail, which the engine publishes. Made with the others, it is in every position that the producer is set
    /// back to.
    /// </summary>
    public EventLane<DetailChanged>? Details { get; } = LaneOf<DetailChanged>(engine, producer);

    /// <summary>Whether somebody wants to know which blocks are hot.</summary>
    public bool WantsHotSpots => _hotSpot is { IsEnabled: true };

    /// <summary>Whether somebody wants to know which translations are used.</summary>
    public bool WantsMappings => _memoryMapped is { IsEnabled: true };

    /// <summary>Whether there is an engine that still takes events.</summary>
    public bool IsOpen => _engine?.State is LifecycleState.Created or LifecycleState.Running;

    /// <summary>Number of events published with an <see cref="ExecutionPoint"/>; part of a snapshot.</summary>
    public uint Ordinal { get; set; }

    /// <summary>Knows the source of an external interrupt; null on a machine without one.</summary>
    public IInterruptController? InterruptController { get; set; }

    /// <summary>Changes whenever a subscription comes or goes.</summary>
    public int SubscriptionVersion => _producer?.SubscriptionVersion ?? 0;

    /// <summary>What begins or ends at this instruction does so; returns the count at which to look again.</summary>
    public ulong ReachBoundary(ulong retired)
    {
        Stamp();
        return _producer?.ReachBoundary(retired) ?? ulong.MaxValue;
    }

    /// <summary>The regions whose instructions are wanted, and whether all others are too.</summary>
    public RegionTally[] GetRegions(out bool areAllWanted)
    {
        areAllWanted = true;
        return _producer is null ? [] : [.. _producer.GetRegions(out areAllWanted)];
    }

    /// <summary>What it publishes with; null where nobody can watch.</summary>
    public EventProducer? Producer => _producer;

    /// <summary>The engine, or null.</summary>
    public EventEngine? Engine => _engine;

    /// <summary>Tells the events which hart they are about.</summary>
    public void Connect(Hart hart) => _hart = hart;

    /// <summary>Lets another thread publish from now on.</summary>
    public void ReleaseOwnership() => _producer?.ReleaseOwnership();

    /// <summary>Stamps what is published next with the hart's instruction count.</summary>
    public void Stamp()
    {
        if (_producer is not null && _hart is not null)
        {
            _producer.InstructionCount = (long)_hart.Retired;
            _producer.VirtualTime = (long)_hart.Cycles;
        }
    }

    /// <summary>
    /// Promises that nothing will be published any more of what was before now. To be called when what was gathered is published.
    /// </summary>
    public void ReportProgress()
    {
        if (_producer is not null && _hart is not null)
            _producer.ReportProgress((long)_hart.Cycles);
    }

    /// <summary>Ends the producer.</summary>
    public void Dispose() => _producer?.Dispose();

    private static EventLane<T>? LaneOf<T>(EventEngine? engine, EventProducer? producer)
        where T : unmanaged, IEvent<T>
    {
        bool isKnown = engine is not null && engine.EventTypes.Any(static type => type.Name == T.Descriptor.Name);
        return isKnown ? producer?.GetLane<T>() : null;
    }

    /// <summary>The place of the next event that carries one.</summary>
    public ExecutionPoint NextPoint() => new(_hart?.Retired ?? 0, _hart?.Pc ?? 0, Ordinal, _vCpu);

    private ExecutionPoint Here()
    {
        Stamp();
        return new ExecutionPoint(_hart?.Retired ?? 0, _hart?.Pc ?? 0, Ordinal++, _vCpu);
    }
}
