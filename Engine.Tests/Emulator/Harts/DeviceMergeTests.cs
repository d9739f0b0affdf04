using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Order;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Transfers that devices report while a hart uses them, merged into one order of harts on threads.</summary>
internal sealed class DeviceMergeTests
{
    private const ulong DeviceAddress = 0x1000_8000;

    [Test]
    public async Task A_hart_that_waits_for_a_merge_does_not_hold_the_devices()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.Start();
        using var machine = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = 2, Scheduling = HartScheduling.Threads, PollInterval = 64 }, engine);
        machine.Attach(new TransferringDevice(machine));
        uint[] program =
        [
            Asm.Lui(1, (int)(DeviceAddress >> 12)),
            Asm.Sd(2, 1),
            Asm.Addi(2, 2, 1),
            Asm.Jal(0, -8),
        ];
        for (int index = 0; index < program.Length; index++)
            Assert.That(machine.Memory.TryWrite(TestMachine.Code + (ulong)(4 * index), BitConverter.GetBytes(program[index])), Is.True);
        machine.SetBoot(TestMachine.Code);
        long last = long.MinValue;
        bool isOrdered = true;
        long count = 0;

        // One place for each hart: its second transfer waits until the other hart is past its first.
        MergedSubscription merged = engine.SubscribeMerged<DeviceIoCompleted>(
            (events, _) =>
            {
                foreach (MergedEvent<DeviceIoCompleted> item in events)
                {
                    isOrdered &= item.VirtualTime >= last;
                    last = item.VirtualTime;
                    count++;
                }
            },
            new MergeOptions<DeviceIoCompleted> { Producers = machine.Producers, Capacity = 1 });
        Eventually.Result(Task.Run(() => machine.Run(6_000)));
        await merged.CompleteAsync();
        Assert.Multiple(() =>
        {
            Assert.That(isOrdered);
            Assert.That(count, Is.GreaterThan(1_000));
            Assert.That(merged.Statistics.Refused, Is.Zero);
        });
    }

    /// <summary>Each store to it is a transfer.</summary>
    private sealed class TransferringDevice(IDeviceObserver observer) : IMmioDevice
    {
        public string Name => "transfer";

        public ulong BaseAddress => DeviceAddress;

        public ulong Size => 0x1000;

        public ulong Read(ulong offset, int size) => 0;

        public void Write(ulong offset, ulong value, int size) => observer.IoCompleted(1, DeviceIoKind.Write, value, 8, 0);

        public void Save(BinaryWriter writer)
        {
        }

        public void Restore(BinaryReader reader)
        {
        }
    }
}
