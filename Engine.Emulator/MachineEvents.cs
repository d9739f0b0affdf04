using Engine.Emulator.Cpu;
using Engine.Emulator.Devices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Emulator;

/// <summary>
/// The one place through which the machine publishes events: a producer with a lane per event type. Without an
/// engine, or for event types the engine does not know, nothing is published.
/// </summary>
internal sealed partial class MachineEvents : IDeviceObserver, IDisposable
{
    private const ushort VCpu = 0;

    private readonly EventEngine? _engine;
    private readonly EventProducer? _producer;
    private readonly EventLane<PageFaulted>? _pageFaulted;
    private readonly EventLane<ExceptionRaised>? _exceptionRaised;
    private readonly EventLane<InterruptRaised>? _interruptRaised;
    private readonly EventLane<InterruptReturned>? _interruptReturned;
    private readonly EventLane<GuestCalled>? _guestCalled;
    private readonly EventLane<MmioAccessed>? _mmioAccessed;
    private readonly EventLane<VCpuExited>? _exited;
    private readonly EventLane<CodeTranslated>? _codeTranslated;
    private readonly EventLane<HotSpotDetected>? _hotSpot;
    private readonly EventLane<DeviceAdded>? _deviceAdded;
    private readonly EventLane<DeviceRemoved>? _deviceRemoved;
    private readonly EventLane<DeviceIoCompleted>? _ioCompleted;
    private readonly EventLane<MemoryAllocated>? _memoryAllocated;
    private readonly EventLane<MemoryFreed>? _memoryFreed;
    private readonly EventLane<MemoryMapped>? _memoryMapped;
    private readonly EventLane<SnapshotCreated>? _snapshotCreated;
    private readonly EventLane<SnapshotRestored>? _snapshotRestored;
    private readonly EventLane<SnapshotDeleted>? _snapshotDeleted;
    private Hart? _hart;

    /// <summary>Creates the producer and its lanes.</summary>
    /// <param name="engine">The engine, or null for a machine nobody can watch.</param>
    /// <param name="name">Name of the producer.</param>
    public MachineEvents(EventEngine? engine, string name)
    {
        _engine = engine;
        _producer = engine?.CreateProducer(name);
        Instructions = Lane<InstructionRetired>(engine);
        Blocks = Lane<BlockExecuted>(engine);
        Memory = Lane<MemoryAccessed>(engine);
        _pageFaulted = Lane<PageFaulted>(engine);
        _exceptionRaised = Lane<ExceptionRaised>(engine);
        _interruptRaised = Lane<InterruptRaised>(engine);
        _interruptReturned = Lane<InterruptReturned>(engine);
        _guestCalled = Lane<GuestCalled>(engine);
        _mmioAccessed = Lane<MmioAccessed>(engine);
        _exited = Lane<VCpuExited>(engine);
        _codeTranslated = Lane<CodeTranslated>(engine);
        _hotSpot = Lane<HotSpotDetected>(engine);
        _deviceAdded = Lane<DeviceAdded>(engine);
        _deviceRemoved = Lane<DeviceRemoved>(engine);
        _ioCompleted = Lane<DeviceIoCompleted>(engine);
        _memoryAllocated = Lane<MemoryAllocated>(engine);
        _memoryFreed = Lane<MemoryFreed>(engine);
        _memoryMapped = Lane<MemoryMapped>(engine);
        _snapshotCreated = Lane<SnapshotCreated>(engine);
        _snapshotRestored = Lane<SnapshotRestored>(engine);
        _snapshotDeleted = Lane<SnapshotDeleted>(engine);
    }

    /// <summary>The lane of instruction events.</summary>
    public EventLane<InstructionRetired>? Instructions { get; }

    /// <summary>The lane of block events.</summary>
    public EventLane<BlockExecuted>? Blocks { get; }

    /// <summary>The lane of memory accesses.</summary>
    public EventLane<MemoryAccessed>? Memory { get; }

    /// <summary>Whether somebody wants to know which blocks are hot.</summary>
    public bool WantsHotSpots => _hotSpot is { IsEnabled: true };

    /// <summary>Whether there is an engine that still takes events.</summary>
    public bool IsOpen => _engine?.State is EngineState.Created or EngineState.Running;

    /// <summary>Number of events published with an <see cref="ExecutionPoint"/>; part of a snapshot.</summary>
    public uint Ordinal { get; set; }

    /// <summary>Knows the source of an external interrupt; null on a machine without one.</summary>
    public IInterruptController? InterruptController { get; set; }

    /// <summary>Changes whenever a subscription comes or goes.</summary>
    public int SubscriptionVersion => _producer?.SubscriptionVersion ?? 0;

    /// <summary>Tells the events which hart they are about.</summary>
    public void Connect(Hart hart) => _hart = hart;

    /// <summary>Lets another thread publish from now on.</summary>
    public void ReleaseOwnership() => _producer?.ReleaseOwnership();

    /// <summary>Stamps what is published next with the hart's instruction count.</summary>
    public void Stamp()
    {
        if (_producer is not null && _hart is not null)
            _producer.InstructionCount = (long)_hart.Retired;
    }

    /// <summary>Ends the producer.</summary>
    public void Dispose() => _producer?.Dispose();

    private EventLane<T>? Lane<T>(EventEngine? engine)
        where T : unmanaged, IEvent<T>
    {
        bool known = engine is not null && engine.EventTypes.Any(type => type.Name == T.Descriptor.Name);
        return known ? _producer?.GetLane<T>() : null;
    }

    private ExecutionPoint Here()
    {
        Stamp();
        return new ExecutionPoint(_hart?.Retired ?? 0, _hart?.Pc ?? 0, Ordinal++, VCpu);
    }
}
