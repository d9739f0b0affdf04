using Engine.Emulator.Devices.Virtio;
using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Devices.Virtio;

public sealed class VirtqueueTests
{
    private const uint NeedsReset = 64;
    private const ulong Outside = 0x7000_0000;
    private const ulong IndirectTable = 0x8000_3800;

    private RecordedSources _sources = null!;
    private ArrayMemory _memory = null!;
    private BlockDriver _driver = null!;

    [SetUp]
    public void CreateDevice()
    {
        _sources = new RecordedSources();
        _memory = new ArrayMemory(0x8000_0000, 64 * 1024);
        _driver = new BlockDriver(
            new VirtioMmioTransport(0, _sources, _memory, new VirtioBlock(new MemoryStorage(16))), _memory);
        _driver.Initialize();
    }

    [Test]
    public void Rings_wrap_around()
    {
        for (int request = 1; request <= 70_000; request++)
        {
            Assert.That(_driver.Request(0, sector: 0, dataByteCount: 512), Is.Zero);
            Assert.That(_driver.UsedIndex, Is.EqualTo((ushort)request));
        }
    }

    [Test]
    public void One_notification_serves_everything_available()
    {
        _driver.WriteHeader(type: 0, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(1, BlockDriver.Buffer, 513, BlockDriver.DeviceWrites);
        for (int request = 0; request < 8; request++)
            _driver.Offer(0);
        _driver.Notify();
        Assert.That(_driver.UsedIndex, Is.EqualTo(8));
    }

    [Test]
    public void Driver_can_switch_the_interrupt_off()
    {
        _memory.At(BlockDriver.AvailableRing, 1)[0] = 1;
        Assert.That(_driver.Request(0, sector: 0, dataByteCount: 512), Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(_driver.UsedIndex, Is.EqualTo(1));
            Assert.That(_sources[BoardLayout.VirtioSlotIrq(0)], Is.False);
            Assert.That(_driver.InterruptStatus, Is.Zero);
        });
    }

    [Test]
    public void Indirect_table_is_followed()
    {
        WriteIndirectRequest();
        _driver.WriteDescriptor(0, IndirectTable, 48, BlockDriver.Indirect);
        OfferAndNotify();
        Assert.That(_driver.RequestStatus, Is.Zero);
        Assert.That(_driver.LastUsed(), Is.EqualTo((0u, 513u)));
    }

    [Test]
    public void Indirect_table_without_the_feature_needs_a_reset()
    {
        _driver.Initialize(features: 1UL << 32);
        WriteIndirectRequest();
        _driver.WriteDescriptor(0, IndirectTable, 48, BlockDriver.Indirect);
        ExpectReset();
    }

    [TestCase(0u, 0)]
    [TestCase(47u, 0)]
    [TestCase(16u * 257, 0)]
    [TestCase(0xFFFF_FFF0u, 0)]
    [TestCase(48u, (int)BlockDriver.Next)]
    public void Bad_indirect_descriptor_needs_a_reset(uint byteCount, int moreFlags)
    {
        WriteIndirectRequest();
        _driver.WriteDescriptor(0, IndirectTable, byteCount, (ushort)(BlockDriver.Indirect | moreFlags), next: 1);
        ExpectReset();
    }

    [Test]
    public void Indirect_table_within_an_indirect_table_needs_a_reset()
    {
        _driver.WriteDescriptor(0, IndirectTable, 16, BlockDriver.Indirect);
        _driver.WriteDescriptor(0, IndirectTable, 16, BlockDriver.Indirect, table: IndirectTable);
        ExpectReset();
    }

    [Test]
    public void Chain_that_loops_needs_a_reset()
    {
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(1, BlockDriver.Header, 16, BlockDriver.Next, next: 0);
        ExpectReset();
    }

    [Test]
    public void Chain_that_leaves_its_table_needs_a_reset()
    {
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 8);
        ExpectReset();
    }

    [Test]
    public void Readable_buffer_behind_a_writable_one_needs_a_reset()
    {
        _driver.WriteHeader(type: 0, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Buffer, 513, BlockDriver.Next | BlockDriver.DeviceWrites, next: 1);
        _driver.WriteDescriptor(1, BlockDriver.Header, 16, 0);
        ExpectReset();
    }

    [Test]
    public void Chain_without_a_whole_header_needs_a_reset()
    {
        _driver.WriteDescriptor(0, BlockDriver.Header, 15, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(1, BlockDriver.StatusByte, 1, BlockDriver.DeviceWrites);
        ExpectReset();
    }

    [Test]
    public void Chain_without_a_status_byte_needs_a_reset()
    {
        _driver.WriteHeader(type: 0, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, 0);
        ExpectReset();
    }

    [TestCase(0u)]
    [TestCase(1u)]
    public void Buffer_outside_memory_needs_a_reset(uint type)
    {
        _driver.WriteHeader(type, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(
            1, Outside, 512, (ushort)(BlockDriver.Next | (type == 0 ? BlockDriver.DeviceWrites : 0)), next: 2);
        _driver.WriteDescriptor(2, BlockDriver.StatusByte, 1, BlockDriver.DeviceWrites);
        ExpectReset();
    }

    [Test]
    public void Buffer_that_wraps_around_the_address_space_needs_a_reset()
    {
        _driver.WriteHeader(type: 0, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(1, ulong.MaxValue - 10, 513, BlockDriver.DeviceWrites);
        ExpectReset();
    }

    [Test]
    public void Head_outside_the_table_needs_a_reset()
    {
        _driver.Offer(8);
        _driver.Notify();
        AssertNeedsReset();
    }

    [Test]
    public void More_requests_than_entries_need_a_reset()
    {
        _driver.SetAvailableIndex(9);
        _driver.Notify();
        AssertNeedsReset();
    }

    [TestCase(0x80ul)]
    [TestCase(0x90ul)]
    [TestCase(0xA0ul)]
    public void Ring_outside_memory_needs_a_reset(ulong addressRegister)
    {
        _driver.Write(0x44, 0);
        _driver.Write(addressRegister, (uint)Outside);
        _driver.Write(0x44, 1);
        _driver.Request(0, sector: 0, dataByteCount: 512);
        AssertNeedsReset();
    }

    [Test]
    public void Device_that_needs_a_reset_serves_nothing_until_it_gets_it()
    {
        _driver.SetAvailableIndex(9);
        _driver.Notify();
        _driver.SetAvailableIndex(0);
        Assert.That(_driver.Request(0, sector: 0, dataByteCount: 512), Is.EqualTo(0xFF));

        _memory.At(BlockDriver.AvailableRing, 4).Clear();
        var driver = new BlockDriver(
            new VirtioMmioTransport(0, _sources, _memory, new VirtioBlock(new MemoryStorage(16))), _memory);
        driver.Initialize();
        Assert.That(driver.Request(0, sector: 0, dataByteCount: 512), Is.Zero);
    }

    private void WriteIndirectRequest()
    {
        _driver.WriteHeader(type: 0, sector: 0);
        _driver.WriteDescriptor(0, BlockDriver.Header, 16, BlockDriver.Next, next: 2, table: IndirectTable);
        _driver.WriteDescriptor(2, BlockDriver.Buffer, 512, BlockDriver.Next | BlockDriver.DeviceWrites, next: 1, table: IndirectTable);
        _driver.WriteDescriptor(1, BlockDriver.StatusByte, 1, BlockDriver.DeviceWrites, table: IndirectTable);
    }

    private void ExpectReset()
    {
        OfferAndNotify();
        AssertNeedsReset();
    }

    private void OfferAndNotify()
    {
        _driver.Offer(0);
        _driver.Notify();
    }

    private void AssertNeedsReset() => Assert.Multiple(() =>
    {
        Assert.That(_driver.Status & NeedsReset, Is.Not.Zero);
        Assert.That(_driver.InterruptStatus & 2, Is.Not.Zero);
        Assert.That(_sources[BoardLayout.VirtioSlotIrq(0)], Is.True);
        Assert.That(_driver.UsedIndex, Is.Zero);
    });
}
