using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers;

public class VmHandlerTests
{
    private static readonly ExecutionPoint At = new(1, 0x8000_0000, 0, 0);

    [Test]
    public void Memory_is_added_up()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new MemoryEventHandler(engine));
        run.Publish(new MemoryAllocated(At, 0x1000, 300), new MemoryAllocated(At, 0x2000, 500));
        run.Publish(new MemoryFreed(At, 0x1000, 300));
        run.Publish(new MemoryMapped(At, 0x1000, 0x8000_1000, 4096, 3), new MemoryMapped(At, 0x2000, 0x8000_2000, 4096, 3));
        run.Publish(new PageFaulted(At, 0x3000, MemoryAccessKind.Store, PrivilegeMode.User));
        run.Stop();

        MemoryEventStatistics statistics = handler.GetStatistics();
        Assert.That(statistics, Is.EqualTo(new MemoryEventStatistics(800, 300, 1, 2)));
        Assert.That(statistics.CurrentAllocatedBytes, Is.EqualTo(500));
    }

    [Test]
    public void Execution_is_added_up_and_hot_spots_are_kept_by_pc()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new ExecutionEventHandler(engine));
        run.Publish(new BlockExecuted(0x100, 7, default), new BlockExecuted(0x200, 5, default));
        run.Publish(new InstructionRetired());
        run.Publish(new CodeTranslated(At, 0x100, 7, 28), new CodeTranslated(At, 0x200, 5, 20));
        run.Publish(new HotSpotDetected(At, 0x100, 1_000), new HotSpotDetected(At, 0x200, 1_000), new HotSpotDetected(At, 0x100, 8_000));
        run.Publish(new VCpuExited(At, VCpuExitReason.GuestExit, 0, 0));
        run.Stop();

        ExecutionEventStatistics statistics = handler.GetStatistics();
        Assert.That(
            (statistics.TotalInstructions, statistics.TotalCompiledBlocks, statistics.TotalHotSpots, statistics.TotalVCpuExits),
            Is.EqualTo((12L, 2L, 3L, 1L)));
        Assert.That(statistics.HotSpotCounts, Is.EquivalentTo(new Dictionary<ulong, long> { [0x100] = 8_000, [0x200] = 1_000 }));
    }

    [Test]
    public void Instructions_are_counted_one_by_one_where_blocks_are_not_wanted()
    {
        using EngineRun run = new();
        var handler = new ExecutionEventHandler(run.Engine);
        handler.Register(static type => type.Name != BlockExecuted.Descriptor.Name);
        run.Publish(new BlockExecuted(0x100, 7, default));
        run.Publish(new InstructionRetired(), new InstructionRetired());
        run.Stop();
        Assert.That(handler.GetStatistics().TotalInstructions, Is.EqualTo(2));
    }

    [Test]
    public void The_hottest_blocks_are_found_with_their_share_of_the_instructions()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new ExecutionEventHandler(engine));
        var blocks = new BlockExecuted[10_000];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = i % 4 == 0 ? new BlockExecuted(0x100, 10, default) : new BlockExecuted(0x200, 10, default);
        run.PublishBatch(blocks);
        run.Stop();

        IReadOnlyList<HotBlock> hottest = handler.GetHottestBlocks(5);
        Assert.That(hottest.Select(static block => block.FirstPc), Is.EqualTo(new ulong[] { 0x200, 0x100 }));
        Assert.That(hottest[0].InstructionShare, Is.EqualTo(0.75).Within(0.02));
        Assert.That(handler.GetHottestBlocks(1), Has.Count.EqualTo(1));
        Assert.That(handler.GetStatistics().TotalInstructions, Is.EqualTo(100_000));
    }

    [Test]
    public void Devices_are_added_up_and_interrupts_are_kept_by_source()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new DeviceEventHandler(engine));
        run.Publish(new DeviceAdded(At, 1, 0, 0x1000_0000), new DeviceAdded(At, 2, 0, 0x1000_1000));
        run.Publish(new DeviceRemoved(At, 2, 0, 0x1000_1000));
        run.Publish(Interrupt(0), Interrupt(10), Interrupt(10), Interrupt(8));
        run.Publish(new DeviceIoCompleted(At, 1, default, 0, 512, 0), new DeviceIoCompleted(At, 1, default, 512, 1024, 0));
        run.Stop();

        DeviceEventStatistics statistics = handler.GetStatistics();
        Assert.That(
            (statistics.AddedCount, statistics.RemovedCount, statistics.TotalInterrupts, statistics.TotalIoBytes),
            Is.EqualTo((2L, 1L, 4L, 1536L)));
        Assert.That(statistics.InterruptsBySource, Is.EquivalentTo(new Dictionary<uint, long> { [10] = 2, [8] = 1 }));
    }

    [Test]
    public void Interrupt_sources_are_bounded()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new DeviceEventHandler(engine));
        for (uint source = 1; source <= DeviceEventHandler.MaxSources + 5; source++)
            run.Publish(Interrupt(source));
        run.Stop();

        DeviceEventStatistics statistics = handler.GetStatistics();
        Assert.That(statistics.TotalInterrupts, Is.EqualTo(DeviceEventHandler.MaxSources + 5));
        Assert.That(statistics.InterruptsBySource, Has.Count.EqualTo(DeviceEventHandler.MaxSources));
    }

    [Test]
    public void Snapshots_are_added_up()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new SnapshotEventHandler(engine));
        run.Publish(new SnapshotCreated(At, 1, 1000), new SnapshotCreated(At, 2, 3000));
        run.Publish(new SnapshotRestored(At, 1, 1000));
        run.Publish(new SnapshotDeleted(At, 1, 1000));
        run.Stop();
        Assert.That(handler.GetStatistics(), Is.EqualTo(new SnapshotEventStatistics(2, 1, 1, 4000, 1000)));
    }

    [Test]
    public void Nothing_is_counted_after_unregistering_and_the_statistics_stay()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new SnapshotEventHandler(engine));
        run.Publish(new SnapshotCreated(At, 1, 10));
        Eventually.IsTrue(() => handler.GetStatistics().CreatedCount == 1);
        Assert.That(
            (handler.IsRegistered, handler.Unregister(), handler.IsRegistered, handler.Unregister()),
            Is.EqualTo((true, true, false, false)));
        run.Publish(new SnapshotCreated(At, 2, 10));
        Assert.That(run.Engine.GetStatistics().Subscriptions, Is.Empty);
        handler.Register();
        run.Publish(new SnapshotCreated(At, 3, 10));
        run.Stop();
        Assert.That(handler.GetStatistics().CreatedCount, Is.EqualTo(2));
    }

    [Test]
    public void A_second_registration_is_refused()
    {
        using EngineRun run = new();
        var handler = run.Register(static engine => new MemoryEventHandler(engine));
        Assert.That(() => handler.Register(), Throws.InvalidOperationException.With.Message.Contains("registered already"));
    }

    [Test]
    public void Where_one_event_type_is_missing_nothing_is_subscribed()
    {
        EventEngine engine = new EngineBuilder().AddEvent<MemoryAllocated>().AddEvent<MemoryFreed>().Build();
        var handler = new MemoryEventHandler(engine);
        Assert.That(() => handler.Register(), Throws.InvalidOperationException.With.Message.Contains("memory.mapped"));
        Assert.That((handler.IsRegistered, engine.GetStatistics().Subscriptions.Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public void Lost_events_are_counted_as_missing()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents()
            .AddEvent<SnapshotCreated>(static d => d with { Capacity = 4, OverflowPolicy = OverflowPolicy.DropIncoming })
            .Build();
        using var handler = new SnapshotEventHandler(engine);
        handler.Register();
        using (EventProducer producer = engine.CreateProducer())
        {
            EventLane<SnapshotCreated> lane = producer.GetLane<SnapshotCreated>();
            // The engine has not been started: four fit, three are lost.
            for (ulong i = 0; i < 7; i++)
                lane.Publish(new SnapshotCreated(At, i, 1));
            engine.Start();
            Eventually.IsTrue(() => handler.GetStatistics().CreatedCount == 4);
            lane.Publish(new SnapshotCreated(At, 7, 1));
        }

        engine.StopDrained();
        Assert.That((handler.GetStatistics().CreatedCount, handler.LostEventCount), Is.EqualTo((5L, 3L)));
    }

    private static InterruptRaised Interrupt(uint source) => new(At, 9, source, PrivilegeMode.User, PrivilegeMode.Supervisor);

    private sealed class EngineRun : IDisposable
    {
        private readonly EventProducer _producer;

        public EngineRun()
        {
            Engine = new EngineBuilder().AddVmEvents().Configure(static options => options.DispatcherCount = 1).Build();
            Engine.Start();
            _producer = Engine.CreateProducer();
        }

        public EventEngine Engine { get; }

        public THandler Register<THandler>(Func<EventEngine, THandler> create)
            where THandler : VmEventHandler
        {
            THandler handler = create(Engine);
            handler.Register();
            return handler;
        }

        public void Publish<T>(params ReadOnlySpan<T> events)
            where T : unmanaged, IEvent<T>
        {
            foreach (T @event in events)
                _producer.GetLane<T>().Publish(@event);
        }

        public void PublishBatch<T>(ReadOnlySpan<T> events)
            where T : unmanaged, IEvent<T> =>
            _producer.GetLane<T>().PublishBatch(events);

        public void Stop()
        {
            _producer.Dispose();
            Engine.StopDrained();
        }

        public void Dispose() => _producer.Dispose();
    }
}
