using System.Runtime.InteropServices;
using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Harts on threads, whose time goes on while the machine looks at its timers.</summary>
public sealed class PassingDeadlineTests
{
    // Waits for the timer's line, then ends the machine by a store to tohost; hart 1 spins.
    private static readonly uint[] Program =
    [
        Cpu.Asm.Csrrs(5, 0xF14, 0), Cpu.Asm.Bne(5, 0, 24), Cpu.Asm.Addi(6, 0, 0x80), Cpu.Asm.Csrrs(0, 0x304, 6),
        Cpu.Asm.Wfi, Cpu.Asm.Addi(7, 0, 1), Cpu.Asm.Sd(7, 8), Cpu.Asm.Spin,
    ];

    [Test]
    public void A_deadline_that_passes_between_two_looks_at_the_time_is_not_lost()
    {
        using var machine = new Machine(
            new MachineOptions { RamSize = 1 << 20, HartCount = 2, Scheduling = HartScheduling.Threads });
        machine.Attach(new HastyTimer(machine.InterruptLines));
        Assert.That(machine.Memory.TryWrite(0x8000_0000, MemoryMarshal.AsBytes<uint>(Program)), Is.True);
        machine.SetBoot(0x8000_0000);
        machine.WatchToHost(0x8000_4000);
        machine.SetRegister(8, 0x8000_4000);
        Assert.That(machine.Run(2_000_000_000).Reason, Is.EqualTo(VCpuExitReason.GuestExit));
    }

    /// <summary>A timer whose deadline passes after the first update, and is then none any more.</summary>
    private sealed class HastyTimer(IInterruptLines lines) : IMmioDevice, ITimerDevice
    {
        private int _updates;

        public string Name => "hasty";

        public ulong BaseAddress => 0x0300_0000;

        public ulong Size => 0x1000;

        public ulong NextDeadline => ulong.MaxValue;

        public void Update(ulong ticks)
        {
            if (++_updates == 2)
                lines.SetLine(7, asserted: true);
        }

        public ulong Read(ulong offset, int size) => 0;

        public void Write(ulong offset, ulong value, int size)
        {
        }

        public void Save(BinaryWriter writer)
        {
        }

        public void Restore(BinaryReader reader)
        {
        }
    }
}
