using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers;

/// <summary>The same handlers on an engine and on a bus, for all machines and for one.</summary>
public class VmHandlerSourceTests
{
    private static readonly ExecutionPoint At = new(1, 0x8000_0000, 0, 0);

    public enum Way
    {
        Engine,
        BusOfEngine,
    }

    [Test]
    public void Every_way_gives_the_same_counts([Values] Way way, [Values(null, "vm-1")] string? vmId)
    {
        using var run = new Run(way);
        using var memory = new MemoryEventHandler(run.Source, vmId);
        using var execution = new ExecutionEventHandler(run.Source, vmId);
        using var devices = new DeviceEventHandler(run.Source, vmId);
        using var snapshots = new SnapshotEventHandler(run.Source, vmId);
        VmEventHandler[] handlers = [memory, execution, devices, snapshots];
        foreach (VmEventHandler handler in handlers)
            handler.Register();
        Assert.That(handlers.Select(static handler => (handler.IsRegistered, handler.VmId)), Is.All.EqualTo((true, vmId)));
        PublishAll(run, "vm-1", repeat: 3);
        PublishAll(run, "vm-2", repeat: 2);
        PublishAll(run, null, repeat: 1);
        run.Stop();

        int times = vmId is null ? 6 : 3;
        Assert.That(memory.GetStatistics(), Is.EqualTo(new MemoryEventStatistics(300 * times, 100 * times, times, 2 * times)));
        Assert.That(snapshots.GetStatistics(), Is.EqualTo(new SnapshotEventStatistics(times, times, times, 1000 * times, 400 * times)));
        ExecutionEventStatistics executed = execution.GetStatistics();
        Assert.That(
            (executed.TotalInstructions, executed.TotalCompiledBlocks, executed.TotalHotSpots, executed.TotalVCpuExits),
            Is.EqualTo((7L * times, (long)times, (long)times, (long)times)));
        DeviceEventStatistics device = devices.GetStatistics();
        Assert.That(
            (device.AddedCount, device.RemovedCount, device.TotalInterrupts, device.TotalIoBytes, device.InterruptsBySource[10]),
            Is.EqualTo(((long)times, (long)times, (long)times, 512L * times, (long)times)));
    }

    [Test]
    public void What_is_published_on_a_bus_is_of_its_machine()
    {
        var bus = new EventBus(options: new EventBusOptions { VmId = "vm-1" });
        using var one = new MemoryEventHandler(bus, "vm-1");
        using var two = new MemoryEventHandler(bus, "vm-2");
        one.Register();
        two.Register();
        bus.Publish(new MemoryAllocated(At, 0, 5));
        Assert.That((one.GetStatistics().TotalAllocatedBytes, two.GetStatistics().TotalAllocatedBytes), Is.EqualTo((5L, 0L)));
    }

    [Test]
    public void A_handler_ends_on_a_bus_as_on_an_engine()
    {
        var bus = new EventBus();
        using var handler = new MemoryEventHandler(bus);
        handler.Register();
        Assert.That(() => handler.Register(), Throws.InvalidOperationException.With.Message.Contains("registered already"));
        bus.Publish(new MemoryAllocated(At, 0, 5));
        Assert.That(bus.GetStatistics().Subscriptions.Select(static s => s.Name), Has.Some.EqualTo("MemoryEventHandler(memory.allocated)"));
        Assert.That((handler.Unregister(), bus.GetStatistics().Subscriptions.Count), Is.EqualTo((true, 0)));
        bus.Publish(new MemoryAllocated(At, 0, 5));
        Assert.That(handler.GetStatistics().TotalAllocatedBytes, Is.EqualTo(5));
    }

    [Test]
    public async Task A_bus_that_has_stopped_is_refused_and_nothing_is_subscribed()
    {
        var bus = new EventBus();
        await bus.StopAsync();
        using var handler = new MemoryEventHandler(bus);
        Assert.That(() => handler.Register(), Throws.InstanceOf<InvalidOperationException>());
        Assert.That(handler.IsRegistered, Is.False);
    }

    [Test]
    public void What_a_handler_on_a_bus_does_not_want_a_machine_does_not_publish()
    {
        using var run = new Run(Way.BusOfEngine);
        using var handler = new ExecutionEventHandler(run.Source);
        handler.Register(static type => type.Name == VCpuExited.Descriptor.Name);
        Assert.That(
            run.Engine.GetStatistics().Subscriptions.Select(static s => s.Name),
            Is.EqualTo(new[] { $"bus({VCpuExited.Descriptor.Name})" }));
        run.Stop();
    }

    [Test]
    public void A_machine_without_id_is_no_machine() =>
        Assert.That(static () => new MemoryEventHandler(new EventBus(), " "), Throws.ArgumentException);

    private static void PublishAll(Run run, string? vmId, int repeat)
    {
        for (int i = 0; i < repeat; i++)
        {
            run.Publish(vmId, new MemoryAllocated(At, 0x1000, 300));
            run.Publish(vmId, new MemoryFreed(At, 0x1000, 100));
            run.Publish(vmId, new MemoryMapped(At, 0x1000, 0x8000_1000, 4096, 3));
            run.Publish(vmId, new MemoryMapped(At, 0x2000, 0x8000_2000, 4096, 3));
            run.Publish(vmId, new PageFaulted(At, 0x3000, MemoryAccessKind.Store, PrivilegeMode.User));
            run.Publish(vmId, new BlockExecuted(0x100, 7, default));
            run.Publish(vmId, new CodeTranslated(At, 0x100, 7, 28));
            run.Publish(vmId, new HotSpotDetected(At, 0x100, 1_000));
            run.Publish(vmId, new VCpuExited(At, VCpuExitReason.GuestExit, 0, 0));
            run.Publish(vmId, new DeviceAdded(At, 1, 0, 0x1000_0000));
            run.Publish(vmId, new DeviceRemoved(At, 1, 0, 0x1000_0000));
            run.Publish(vmId, new InterruptRaised(At, 9, 10, PrivilegeMode.User, PrivilegeMode.Supervisor));
            run.Publish(vmId, new DeviceIoCompleted(At, 1, default, 0, 512, 0));
            run.Publish(vmId, new SnapshotCreated(At, 1, 1000));
            run.Publish(vmId, new SnapshotRestored(At, 1, 1000));
            run.Publish(vmId, new SnapshotDeleted(At, 1, 400));
        }
    }

    private sealed class Run : IDisposable
    {
        private readonly Dictionary<string, EventProducer> _producers = [];
        private bool _isStopped;

        public Run(Way way)
        {
            Engine = new EngineBuilder().AddVmEvents().Configure(static options => options.DispatcherCount = 1).Build();
            Engine.Start();
            Source = Engine;
            if (way == Way.Engine)
                return;
            var bus = new EventBus();
            bus.Attach(Engine);
            Source = bus;
        }

        public EventEngine Engine { get; }

        public IEventSource Source { get; }

        public void Publish<T>(string? vmId, in T @event)
            where T : unmanaged, IEvent<T>
        {
            if (!_producers.TryGetValue(vmId ?? "", out EventProducer? producer))
                _producers.Add(vmId ?? "", producer = Engine.CreateProducer(vmId ?? "none", vmId));
            producer.GetLane<T>().Publish(@event);
        }

        public void Stop()
        {
            foreach (EventProducer producer in _producers.Values)
                producer.Dispose();
            Engine.StopDrained();
            _isStopped = true;
        }

        public void Dispose()
        {
            if (!_isStopped)
                Stop();
        }
    }
}
