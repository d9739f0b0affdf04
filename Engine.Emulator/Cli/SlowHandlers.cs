using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>Subscribes handlers that are slow on purpose.</summary>
internal sealed class SlowHandlers
{
    private readonly EventEngine _engine;
    private readonly ILookup<string, SlowHandlerSetting> _settings;

    private SlowHandlers(EventEngine engine, IReadOnlyList<SlowHandlerSetting> settings)
    {
        _engine = engine;
        _settings = settings.ToLookup(static handler => handler.EventName);
    }

    public static void Subscribe(EventEngine engine, IReadOnlyList<SlowHandlerSetting> settings)
    {
        var handlers = new SlowHandlers(engine, settings);
        handlers.Add<InstructionRetired>();
        handlers.Add<BlockExecuted>();
        handlers.Add<MemoryAccessed>();
        handlers.Add<PageFaulted>();
        handlers.Add<ExceptionRaised>();
        handlers.Add<InterruptRaised>();
        handlers.Add<InterruptReturned>();
        handlers.Add<GuestCalled>();
        handlers.Add<MmioAccessed>();
        handlers.Add<VCpuExited>();
        handlers.Add<DetailChanged>();
        handlers.Add<CodeTranslated>();
        handlers.Add<HotSpotDetected>();
        handlers.Add<DeviceAdded>();
        handlers.Add<DeviceRemoved>();
        handlers.Add<DeviceIoCompleted>();
        handlers.Add<MemoryAllocated>();
        handlers.Add<MemoryFreed>();
        handlers.Add<MemoryMapped>();
        handlers.Add<SnapshotCreated>();
        handlers.Add<SnapshotRestored>();
        handlers.Add<SnapshotDeleted>();
    }

    private void Add<T>()
        where T : unmanaged, IEvent<T>
    {
        foreach (SlowHandlerSetting slow in _settings[T.Descriptor.Name])
            _engine.Subscribe<T>(new SlowHandler<T>(slow.Duration), new SubscriptionOptions<T> { Name = "slow" });
    }
}
