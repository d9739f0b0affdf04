using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers;

/// <summary>What VM handlers say to a log, which machine they count on a bus of several, and which devices interrupted.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VmHandlerLogTests : IAsyncDisposable
{
    private static readonly ExecutionPoint At = new(1, 0x8000_0000, 0, 0);

    private readonly ListLog _log = new();
    private readonly EventBus _bus = new("vms");

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Test]
    public void Devices_and_snapshots_get_a_line_each()
    {
        using var devices = new DeviceEventHandler(_bus, logger: _log);
        using var snapshots = new SnapshotEventHandler(_bus, logger: _log);
        devices.Register();
        snapshots.Register();
        _bus.Publish(new DeviceAdded(At, 1, 2, 0x1000_0000));
        _bus.Publish(new DeviceRemoved(At, 1, 2, 0x1000_0000));
        _bus.Publish(new SnapshotCreated(At, 7, 4096));
        _bus.Publish(new SnapshotRestored(At, 7, 4096));
        _bus.Publish(new SnapshotDeleted(At, 7, 4096));
        devices.Unregister();
        devices.Unregister();
        Assert.That(_log.Lines, Is.EqualTo(new[]
        {
            "Information VmEvents DeviceEventHandler, machine (any): subscribed to 4 event types.",
            "Information VmEvents SnapshotEventHandler, machine (any): subscribed to 3 event types.",
            "Information VmEvents DeviceEventHandler, machine (any): device 1 of kind 2 at 0x10000000 added.",
            "Information VmEvents DeviceEventHandler, machine (any): device 1 of kind 2 at 0x10000000 removed.",
            "Information VmEvents SnapshotEventHandler, machine (any): snapshot 7 of 4,096 bytes created.",
            "Information VmEvents SnapshotEventHandler, machine (any): snapshot 7 restored.",
            "Information VmEvents SnapshotEventHandler, machine (any): snapshot 7 of 4,096 bytes deleted.",
            "Information VmEvents DeviceEventHandler, machine (any): unsubscribed.",
        }));
    }

    [Test]
    public void A_flood_of_events_is_no_flood_of_lines()
    {
        using var memory = new MemoryEventHandler(_bus, logger: _log);
        using var execution = new ExecutionEventHandler(_bus, logger: _log);
        memory.Register();
        execution.Register();
        for (int i = 1; i <= 1000; i++)
        {
            _bus.Publish(new PageFaulted(At, (ulong)i, MemoryAccessKind.Store, PrivilegeMode.User));
            _bus.Publish(new VCpuExited(At, VCpuExitReason.GuestExit, 0, 0));
        }

        Assert.That(memory.GetStatistics().PageFaultCount, Is.EqualTo(1000));
        Assert.That(
            _log.Lines.Where(static line => line.Contains("page faults", StringComparison.Ordinal)),
            Is.EqualTo(Enumerable.Range(0, 10).Select(
                static i => $"Warning VmEventsWarning MemoryEventHandler, machine (any): {1 << i} page faults, "
                    + $"the last at 0x{1 << i:x}.")));
        Assert.That(_log.Lines.Count(static line => line.Contains("exits of virtual CPUs", StringComparison.Ordinal)), Is.EqualTo(10));
    }

    [Test]
    public void A_log_that_throws_costs_no_count()
    {
        _log.Throws = true;
        using var memory = new MemoryEventHandler(_bus, "vm-1", _log);
        memory.Register();
        Publish("vm-1", new PageFaulted(At, 1, MemoryAccessKind.Store, PrivilegeMode.User));
        Publish("vm-1", new MemoryAllocated(At, 0, 5));
        Assert.That((memory.Unregister(), memory.GetStatistics().PageFaultCount), Is.EqualTo((true, 1L)));
        Assert.That(memory.GetStatistics().TotalAllocatedBytes, Is.EqualTo(5));
        Assert.That(_bus.GetStatistics().Subscriptions, Is.Empty);
        Assert.That(_log.Lines, Has.Count.EqualTo(4).And.All.Contains("MemoryEventHandler, machine vm-1"));
    }

    [Test]
    public void One_machine_of_several_is_counted_on_one_bus()
    {
        using var one = new MemoryEventHandler(_bus, "vm-1");
        using var two = new MemoryEventHandler(_bus, "vm-2");
        using var all = new MemoryEventHandler(_bus);
        one.Register();
        two.Register();
        all.Register();
        Publish("vm-1", new MemoryAllocated(At, 0, 1));
        Publish("vm-2", new MemoryAllocated(At, 0, 10));
        Publish("vm-3", new MemoryAllocated(At, 0, 100));
        _bus.Publish(new MemoryAllocated(At, 0, 1000));
        Assert.That(
            new[] { one, two, all }.Select(static handler => handler.GetStatistics().TotalAllocatedBytes),
            Is.EqualTo(new[] { 1, 10, 1111 }));
    }

    [Test]
    public void The_machine_of_an_event_is_known_behind_a_queue_too()
    {
        var seen = new List<string?>();
        _bus.Subscribe("memory.*", c => seen.Add(c.Context.Producer.VmId), new() { Mode = ProcessingMode.Async });
        _bus.Start();
        Publish("vm-1", new MemoryAllocated(At, 0, 1));
        _bus.Publish(new MemoryAllocated(At, 0, 1));
        _bus.StopDrained();
        Assert.That(seen, Is.EqualTo(new[] { "vm-1", null }));
    }

    [Test]
    public void Details_of_different_machines_differ()
    {
        var one = new EventDetails { VmId = "vm-1" };
        Assert.That(one, Is.Not.EqualTo(new EventDetails()));
        Assert.That(one, Is.EqualTo(new EventDetails { VmId = "vm-1" }));
        Assert.That(one.ToString(), Is.EqualTo("machine \"vm-1\""));
        Assert.That(static () => new EventDetails { VmId = " " }, Throws.ArgumentException);
    }

    [Test]
    public void Interrupts_are_counted_by_device()
    {
        using var devices = new DeviceEventHandler(_bus);
        devices.Register();
        foreach (ushort device in (ushort[])[3, 4, 3, 0])
            _bus.Publish(new InterruptRaised(At, 9, 10, PrivilegeMode.User, PrivilegeMode.Supervisor, device));
        DeviceEventStatistics statistics = devices.GetStatistics();
        Assert.That(statistics.InterruptsByDevice, Is.EquivalentTo(new Dictionary<uint, long> { [3] = 2, [4] = 1 }));
        Assert.That((statistics.TotalInterrupts, statistics.InterruptsBySource[10]), Is.EqualTo((4L, 4L)));
    }

    private void Publish<T>(string vmId, in T @event)
        where T : IEvent<T> =>
        _bus.Publish(@event, new EventIds { Details = new EventDetails { VmId = vmId } });
}
