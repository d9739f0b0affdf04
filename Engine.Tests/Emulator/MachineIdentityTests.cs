using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator;

/// <summary>A machine has the id it is given, and its interrupts name the device that raised them.</summary>
public sealed class MachineIdentityTests
{
    [Test]
    public void Handlers_of_one_machine_count_it_and_its_devices()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var wanted = new DeviceEventHandler(engine, "vm-1");
        using var other = new DeviceEventHandler(engine, "vm-2");
        wanted.Register();
        other.Register();
        var added = new List<DeviceAdded>();
        engine.Subscribe((in DeviceAdded device, in Engine.Events.Envelope _) => added.Add(device));
        engine.Start();
        using (var board = new VirtBoard(new VirtBoardOptions { Machine = new MachineOptions { VmId = "vm-1" } }, engine))
        {
            board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
            board.Machine.Run();
        }

        engine.StopDrained();
        DeviceEventStatistics statistics = wanted.GetStatistics();
        Assert.That((statistics.AddedCount, other.GetStatistics().AddedCount), Is.EqualTo(((long)added.Count, 0L)));
        Assert.That(other.GetStatistics().TotalInterrupts, Is.Zero);
        (uint source, long interrupts) = statistics.InterruptsBySource.Single();
        (uint device, long ofDevice) = statistics.InterruptsByDevice.Single();
        Assert.That((source, ofDevice), Is.EqualTo((10u, interrupts)));
        Assert.That(added.Single(one => one.DeviceId == device).BaseAddress, Is.EqualTo(0x1000_0000), "the UART");
    }
}
