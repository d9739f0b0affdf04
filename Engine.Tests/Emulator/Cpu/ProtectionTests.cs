using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Cpu;

public sealed class ProtectionTests
{
    private const ulong Read = 1;
    private const ulong Write = 2;
    private const ulong Execute = 4;
    private const ulong Tor = 8;
    private const ulong Na4 = 16;
    private const ulong Napot = 24;
    private const ulong Lock = 128;

    private PhysicalMemoryProtection _protection = null!;

    [SetUp]
    public void CreateProtection() => _protection = new PhysicalMemoryProtection();

    private bool Allows(ulong address, MemoryAccessKind kind, PrivilegeMode mode = PrivilegeMode.Supervisor, ulong size = 4) =>
        _protection.Allows(address, size, kind, mode);

    [Test]
    public void Without_a_matching_entry_only_machine_mode_has_access()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Load, PrivilegeMode.Machine), Is.True);
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Load), Is.False);
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Fetch, PrivilegeMode.User), Is.False);
        });
    }

    [Test]
    public void Napot_covers_its_power_of_two()
    {
        _protection.WriteAddress(0, (0x8000_0000UL >> 2) | 0x1FF);
        _protection.WriteConfiguration(0, Napot | Read);
        Assert.Multiple(() =>
        {
            Assert.That(Allows(0x8000_0FFC, MemoryAccessKind.Load), Is.True);
            Assert.That(Allows(0x8000_1000, MemoryAccessKind.Load), Is.False);
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Store), Is.False);
        });
    }

    [Test]
    public void Tor_reaches_from_the_address_before_to_its_own()
    {
        _protection.WriteAddress(0, 0x8000_0000UL >> 2);
        _protection.WriteAddress(1, 0x8000_0010UL >> 2);
        _protection.WriteConfiguration(0, (Tor | Execute) << 8);
        Assert.Multiple(() =>
        {
            Assert.That(Allows(0x8000_000C, MemoryAccessKind.Fetch), Is.True);
            Assert.That(Allows(0x8000_0010, MemoryAccessKind.Fetch), Is.False);
            Assert.That(Allows(0x7FFF_FFFC, MemoryAccessKind.Fetch), Is.False);
        });
    }

    [Test]
    public void Access_that_an_entry_covers_only_partly_fails()
    {
        _protection.WriteAddress(0, 0x8000_0000UL >> 2);
        _protection.WriteAddress(1, ulong.MaxValue);
        _protection.WriteConfiguration(0, Na4 | Read | ((Napot | Read) << 8));
        Assert.Multiple(() =>
        {
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Load, size: 8), Is.False);
            Assert.That(Allows(0x8000_0004, MemoryAccessKind.Load, size: 8), Is.True);
            Assert.That(_protection.AllowsPage(0x8000_0000, MemoryAccessKind.Load, PrivilegeMode.User, out bool uniform), Is.False);
            Assert.That(uniform, Is.False);
        });
    }

    [Test]
    public void Lower_entries_win()
    {
        _protection.WriteAddress(0, 0x8000_0000UL >> 2);
        _protection.WriteAddress(1, ulong.MaxValue);
        _protection.WriteConfiguration(0, Na4 | ((Napot | Read) << 8));
        Assert.That(Allows(0x8000_0000, MemoryAccessKind.Load), Is.False);
    }

    [Test]
    public void Locked_entries_bind_machine_mode_and_cannot_be_changed()
    {
        _protection.WriteAddress(0, 0x8000_0000UL >> 2);
        _protection.WriteAddress(1, 0x8000_1000UL >> 2);
        _protection.WriteConfiguration(0, (Lock | Tor | Read) << 8);
        _protection.WriteConfiguration(0, 0);
        _protection.WriteAddress(0, 0);
        _protection.WriteAddress(1, 0);
        Assert.Multiple(() =>
        {
            Assert.That(_protection.ReadConfiguration(0), Is.EqualTo((Lock | Tor | Read) << 8));
            Assert.That(_protection.ReadAddress(0), Is.EqualTo(0x8000_0000UL >> 2));
            Assert.That(_protection.ReadAddress(1), Is.EqualTo(0x8000_1000UL >> 2));
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Store, PrivilegeMode.Machine), Is.False);
            Assert.That(Allows(0x8000_0000, MemoryAccessKind.Load, PrivilegeMode.Machine), Is.True);
        });
    }

    [Test]
    public void Reserved_combination_keeps_the_old_configuration()
    {
        _protection.WriteConfiguration(0, Napot | Read);
        _protection.WriteConfiguration(0, Napot | Write);
        Assert.That(_protection.ReadConfiguration(0), Is.EqualTo(Napot | Read));
    }

    [Test]
    public void Word_that_is_protected_faults_while_its_neighbours_in_the_page_do_not()
    {
        using var machine = new TestMachine([Asm.Lw(2, 1, 4), Asm.Lw(3, 1), Asm.Nop]);
        machine.Write(TestMachine.Data, 0x0000_0007_0000_0005);
        machine[1] = TestMachine.Data;
        machine.SetCsr(0x3B1, ulong.MaxValue);
        machine.SetCsr(0x3B0, TestMachine.Data >> 2);
        machine.SetCsr(0x3A0, Na4 | ((Napot | Read | Write | Execute) << 8));
        machine.Hart.SetMode(PrivilegeMode.Supervisor);
        machine.Run(2);
        Assert.Multiple(() =>
        {
            Assert.That(machine[2], Is.EqualTo(7));
            Assert.That(machine.Csr(0x342), Is.EqualTo(5));
            Assert.That(machine.Csr(0x343), Is.EqualTo(TestMachine.Data));
        });
    }

    [Test]
    public void Fetch_stops_exactly_where_execution_is_forbidden()
    {
        using var machine = new TestMachine([Asm.Addi(1, 1, 1), Asm.Addi(1, 1, 1), Asm.Addi(1, 1, 1)]);
        machine.SetCsr(0x3B0, (TestMachine.Code + 8) >> 2);
        machine.SetCsr(0x3A0, Tor | Execute);
        machine.Hart.SetMode(PrivilegeMode.Supervisor);
        machine.Run(3);
        Assert.Multiple(() =>
        {
            Assert.That(machine[1], Is.EqualTo(2));
            Assert.That(machine.Csr(0x342), Is.EqualTo(1));
            Assert.That(machine.Csr(0x343), Is.EqualTo(TestMachine.Code + 8));
        });
    }
}
