using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>Subscribes to the selected event types, and the slow handlers to theirs. The engine's own statistics count them; blocks are sampled for the hottest.</summary>
internal sealed class RunObservers
{
    private readonly EventEngine _engine;
    private readonly HashSet<string> _names;
    private readonly ILookup<string, SlowHandlerSetting> _slowHandlers;

    public RunObservers(EventEngine engine, IReadOnlyList<string> names, IReadOnlyList<SlowHandlerSetting> slowHandlers)
    {
        _engine = engine;
        _names = [.. names];
        _slowHandlers = slowHandlers.ToLookup(static handler => handler.EventName);
        if (_names.Contains(BlockExecuted.Descriptor.Name))
            engine.SubscribeBatch<BlockExecuted>(HotBlocks, new SubscriptionOptions<BlockExecuted> { Name = "hot-blocks" });
        Watch<InstructionRetired>();
        Watch<MemoryAccessed>();
        Watch<PageFaulted>();
        Watch<ExceptionRaised>();
        Watch<InterruptRaised>();
        Watch<InterruptReturned>();
        Watch<GuestCalled>();
        Watch<MmioAccessed>();
        Watch<VCpuExited>();
        Watch<CodeTranslated>();
        Watch<HotSpotDetected>();
        Watch<DeviceAdded>();
        Watch<DeviceRemoved>();
        Watch<DeviceIoCompleted>();
        Watch<MemoryAllocated>();
        Watch<MemoryFreed>();
        Watch<MemoryMapped>();
        Watch<SnapshotCreated>();
        Watch<SnapshotRestored>();
        Watch<SnapshotDeleted>();
    }

    public HotBlocks HotBlocks { get; } = new();

    private void Watch<T>()
        where T : unmanaged, IEvent<T>
    {
        if (_names.Contains(T.Descriptor.Name))
            _engine.SubscribeBatch<T>(static (_, in _) => { }, new SubscriptionOptions<T> { Name = "count" });
        foreach (SlowHandlerSetting slow in _slowHandlers[T.Descriptor.Name])
            _engine.Subscribe<T>(new SlowHandler<T>(slow.Duration), new SubscriptionOptions<T> { Name = "slow" });
    }
}
