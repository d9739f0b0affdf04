using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Platform;

public sealed class AddressRangeTests
{
    [TestCase(0x1000ul, 0x100ul, true)]
    [TestCase(0x10FFul, 1ul, true)]
    [TestCase(0x1100ul, 0ul, true)]
    [TestCase(0x1100ul, 1ul, false)]
    [TestCase(0x0FFFul, 1ul, false)]
    [TestCase(0x1001ul, 0x100ul, false)]
    [TestCase(0x1001ul, ulong.MaxValue, false)]
    [TestCase(ulong.MaxValue, 2ul, false)]
    public void Containment_does_not_overflow(ulong start, ulong byteCount, bool expected) =>
        Assert.That(new AddressRange(0x1000, 0x100).Contains(start, byteCount), Is.EqualTo(expected));
}
