using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.Harts;

/// <summary>
/// A device of a host's own that fails: the run ends with its exception, on whatever thread it came, and the next one goes on.
/// </summary>
public sealed class ThrowingDeviceTests
{
    public enum Fault
    {
        Read,
        Write,
        Timer,
        Deadline,
        Poll,
        Exit,
    }

    private static readonly uint[] Program =
    [
        Asm.Lui(1, 0x10010),
        Asm.Lw(2, 1),
        Asm.Sw(2, 1, 8),
        Asm.Jal(0, -8),
    ];

    [Test]
    public async Task A_fault_ends_the_run_and_the_next_run_goes_on(
        [Values] Fault fault, [Values(1, 2)] int harts, [Values] HartScheduling scheduling)
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        long events = 0;
        engine.SubscribeBatch((ReadOnlySpan<InstructionRetired> batch, in Envelope _) => Interlocked.Add(ref events, batch.Length));
        engine.Start();
        var device = new FaultyDevice(fault);
        using var machine = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = harts, Scheduling = scheduling, TurnInstructions = 97, PollInterval = 64 },
            engine);
        machine.Attach(device);
        machine.Memory.TryWrite(GuestMemory.RamBase, MemoryMarshal.AsBytes<uint>(Program));
        machine.SetBoot(GuestMemory.RamBase);

        Assert.That(machine.Run(1_000).Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        device.Throws = true;
        Assert.That(() => machine.Run(), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(fault.ToString()));
        device.Throws = false;
        MachineRunResult result = machine.Run(1_000);
        await engine.StopAsync();
        Assert.That((result.Reason, result.RetiredInstructions), Is.EqualTo((VCpuExitReason.InstructionBudget, 1_000UL)));
        Assert.That(events, Is.EqualTo((long)machine.RetiredInstructions));
    }

    private sealed class FaultyDevice(Fault fault) : IMmioDevice, ITimerDevice, IPolledDevice, IExitDevice
    {
        private ulong _deadline;

        public bool Throws { get; set; }

        public string Name => "faulty";

        public ulong BaseAddress => 0x1001_0000;

        public ulong Size => 0x1000;

        // Always soon, so that it is looked at again and again.
        public ulong NextDeadline
        {
            get
            {
                FailAt(Fault.Deadline);
                return _deadline;
            }
        }

        public bool MayBecomeReady => false;

        public bool ExitRequested
        {
            get
            {
                FailAt(Fault.Exit);
                return false;
            }
        }

        public int ExitCode => 0;

        public ulong Read(ulong offset, int size)
        {
            FailAt(Fault.Read);
            return 1;
        }

        public void Write(ulong offset, ulong value, int size) => FailAt(Fault.Write);

        public void Update(ulong ticks)
        {
            _deadline = ticks + 1;
            FailAt(Fault.Timer);
        }

        public bool Poll()
        {
            FailAt(Fault.Poll);
            return false;
        }

        public void Save(BinaryWriter writer)
        {
        }

        public void Restore(BinaryReader reader)
        {
        }

        private void FailAt(Fault place)
        {
            if (Throws && place == fault)
                throw new NotSupportedException(place.ToString());
        }
    }
}
