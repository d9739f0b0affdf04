using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cpu;

public sealed class MachineExitTests
{
    [TestCase(1, 0)]
    [TestCase(7, 3)]
    public void Odd_value_in_tohost_ends_the_run(int value, int exitCode)
    {
        using var machine = new TestMachine([Asm.Sw(0, 1), Asm.Addi(2, 0, 2), Asm.Sw(2, 1), Asm.Addi(2, 0, value), Asm.Sw(2, 1), Asm.Spin]);
        machine[1] = TestMachine.Data;
        machine.Machine.WatchToHost(TestMachine.Data);
        MachineRunResult result = machine.Machine.Run(1_000);
        Assert.That(result, Is.EqualTo(new MachineRunResult(VCpuExitReason.GuestExit, exitCode, 5)));
    }

    [Test]
    public void Neighbours_of_tohost_are_plain_memory()
    {
        using var machine = new TestMachine([Asm.Sw(2, 1, 8), Asm.Sw(2, 1, -4), Asm.Spin]);
        machine[1] = TestMachine.Data + 8;
        machine[2] = 1;
        machine.Machine.WatchToHost(TestMachine.Data + 8);
        machine.Run(100);
        Assert.That(machine.Read(TestMachine.Data + 16), Is.EqualTo(1));
    }

    [Test]
    public void Test_finisher_ends_the_run_with_its_code()
    {
        using var machine = new TestMachine([Asm.Sw(2, 1), Asm.Spin]);
        machine.Machine.Attach(new TestFinisher());
        machine[1] = 0x10_0000;
        machine[2] = (5 << 16) | 0x3333;
        MachineRunResult result = machine.Machine.Run(1_000);
        Assert.That(result, Is.EqualTo(new MachineRunResult(VCpuExitReason.GuestExit, 5, 1)));
    }

    [Test]
    public void Budget_is_exact_and_the_run_goes_on_behind_it()
    {
        using var machine = new TestMachine([Asm.Addi(1, 1, 1), Asm.Addi(1, 1, 1), Asm.Addi(1, 1, 1), Asm.Jal(0, -12)]);
        machine.Run(2);
        Assert.That((machine[1], machine.Machine.Pc), Is.EqualTo((2UL, TestMachine.Code + 8)));
        machine.Run(3);
        Assert.That((machine[1], machine.Machine.Pc), Is.EqualTo((4UL, TestMachine.Code + 4)));
    }

    [Test]
    public void Stop_request_from_another_thread_ends_an_endless_loop()
    {
        using var machine = new TestMachine([Asm.Spin]);
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        machine.Machine.RequestStop();
        Assert.That(run.GetAwaiter().GetResult().Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void Boot_rom_hands_over_hart_and_device_tree_and_jumps()
    {
        using var machine = new TestMachine([Asm.Spin]);
        machine.Machine.SetBoot(TestMachine.Code, deviceTree: 0x8008_0000, nextStage: 0x8020_0000);
        machine.Run(6);
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.Code));
            Assert.That(machine[10], Is.Zero);
            Assert.That(machine[11], Is.EqualTo(0x8008_0000));
            Assert.That(machine.Read(machine[12]), Is.EqualTo(0x4942_534F), "the magic number of the firmware information");
            Assert.That(machine.Read(machine[12] + 16), Is.EqualTo(0x8020_0000));
        });
    }

    [Test]
    public void Devices_may_not_overlap_and_can_be_detached()
    {
        using var machine = new Machine(new MachineOptions { RamSize = 1 << 20 });
        var finisher = new TestFinisher();
        machine.Attach(finisher);
        Assert.That(() => machine.Attach(new TestFinisher()), Throws.ArgumentException);
        Assert.That((machine.Detach(finisher), machine.Detach(finisher)), Is.EqualTo((true, false)));
    }

    [TestCase(0UL)]
    [TestCase(4096UL * 16 + 1)]
    public void Ram_size_is_checked(ulong size) =>
        Assert.That(() => new Machine(new MachineOptions { RamSize = size }), Throws.TypeOf<ArgumentOutOfRangeException>());
}
