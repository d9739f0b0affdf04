using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Tests.Emulator.Devices;

namespace Engine.Tests.Emulator.Guests;

public sealed class BundledGuestTests
{
    [Test]
    public void Guest_is_a_program_for_the_start_of_ram()
    {
        var memory = new ArrayMemory(0x8000_0000, 2 * 1024 * 1024);
        var guest = new GuestLoader(memory, memory.Range).LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name);
        Assert.Multiple(() =>
        {
            Assert.That(guest.EntryPoint, Is.EqualTo(0x8000_0000));
            Assert.That(guest.ToHost, Is.Null);
        });
    }

    [Test]
    public void Guest_can_be_opened_again_and_again()
    {
        using var first = BundledGuest.Open();
        using var second = BundledGuest.Open();
        Assert.That(first.Length, Is.EqualTo(second.Length).And.GreaterThan(0));
    }
}
