using Engine.Emulator.Devices.Virtio;
using Engine.Emulator.Platform;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Devices.Virtio;

public sealed class VirtioBlockTests
{
    private const uint In = 0;
    private const uint Out = 1;
    private const uint Flush = 4;
    private const uint GetId = 8;
    private const int SectorCount = 300;

    private readonly Random _random = new(1);

    private RecordedSources _sources = null!;
    private RecordedTransfers _transfers = null!;
    private ArrayMemory _memory = null!;
    private MemoryStorage _storage = null!;
    private VirtioMmioTransport _device = null!;
    private BlockDriver _driver = null!;

    [SetUp]
    public void CreateDevice() => CreateDevice(new MemoryStorage(SectorCount));

    [Test]
    public void Read_copies_sectors_and_reports_the_transfer()
    {
        _random.NextBytes(_storage.Bytes);
        Assert.That(_driver.Request(In, sector: 3, dataByteCount: 1024), Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(_memory.At(BlockDriver.Buffer, 1024).ToArray(), Is.EqualTo(_storage.Bytes[1536..2560]));
            Assert.That(_driver.LastUsed(), Is.EqualTo((0u, 1025u)));
            Assert.That(_sources[BoardLayout.VirtioSlotIrq(0)], Is.True);
            Assert.That(_driver.InterruptStatus, Is.EqualTo(1));
            Assert.That(_transfers.All, Is.EqualTo(new[] { (5u, DeviceIoKind.Read, 1536ul, 1024u, 0u) }));
        });
        _driver.Write(0x64, 1);
        Assert.That(_sources[BoardLayout.VirtioSlotIrq(0)], Is.False);
    }

    [Test]
    public void Write_copies_sectors()
    {
        _random.NextBytes(_memory.At(BlockDriver.Buffer, 512));
        Assert.That(_driver.Request(Out, sector: SectorCount - 1, dataByteCount: 512), Is.Zero);
        Assert.Multiple(() =>
        {
            Assert.That(_storage.Bytes[^512..], Is.EqualTo(_memory.At(BlockDriver.Buffer, 512).ToArray()));
            Assert.That(_driver.LastUsed(), Is.EqualTo((0u, 1u)));
            Assert.That(_transfers.All[0].Kind, Is.EqualTo(DeviceIoKind.Write));
        });
    }

    [Test]
    public void Transfer_larger_than_the_devices_buffer_is_whole()
    {
        _random.NextBytes(_storage.Bytes);
        Assert.That(_driver.Request(In, sector: 1, dataByteCount: 140 * 1024), Is.Zero);
        Assert.That(
            _memory.At(BlockDriver.Buffer, 140 * 1024).SequenceEqual(_storage.Bytes.AsSpan(512, 140 * 1024)), Is.True);
    }

    [Test]
    public void Flush_reaches_the_medium()
    {
        Assert.That(_driver.Request(Flush, sector: 0, dataByteCount: 0), Is.Zero);
        Assert.That(_storage.FlushCount, Is.EqualTo(1));
    }

    [Test]
    public void Identity_is_text_of_20_bytes()
    {
        Assert.That(_driver.Request(GetId, sector: 0, dataByteCount: 20), Is.Zero);
        Assert.That(_memory.At(BlockDriver.Buffer, 20).ToArray(), Is.EqualTo("engine-disk0\0\0\0\0\0\0\0\0"u8.ToArray()));
    }

    [TestCase(2u)]
    [TestCase(11u)]
    [TestCase(0xFFFF_FFFFu)]
    public void Unknown_request_is_unsupported(uint type) =>
        Assert.That(_driver.Request(type, sector: 0, dataByteCount: 0), Is.EqualTo(2));

    [TestCase(In, (ulong)SectorCount, 512u)]
    [TestCase(In, (ulong)SectorCount - 1, 1024u)]
    [TestCase(In, ulong.MaxValue, 512u)]
    [TestCase(In, 0x0080_0000_0000_0000ul, 512u)]
    [TestCase(In, 0ul, 100u)]
    [TestCase(Out, (ulong)SectorCount, 512u)]
    [TestCase(Out, 0ul, 513u)]
    public void Transfer_outside_the_medium_is_an_error(uint type, ulong sector, uint byteCount)
    {
        Assert.That(_driver.Request(type, sector, byteCount), Is.EqualTo(1));
        Assert.That(_driver.Status, Is.EqualTo(15));
    }

    [Test]
    public void Failing_medium_is_an_error()
    {
        _storage.IsBroken = true;
        Assert.That(_driver.Request(In, sector: 0, dataByteCount: 512), Is.EqualTo(1));
        Assert.That(_driver.Request(Flush, sector: 0, dataByteCount: 0), Is.EqualTo(1));
    }

    [Test]
    public void Read_only_medium_offers_the_feature_and_refuses_writes()
    {
        CreateDevice(new MemoryStorage(SectorCount) { IsReadOnly = true });
        _driver.Write(0x14, 0);
        Assert.That(_driver.Read(0x10) & (1 << 5), Is.Not.Zero);
        Assert.That(_driver.Request(Out, sector: 0, dataByteCount: 512), Is.EqualTo(1));
        Assert.That(_driver.Request(Flush, sector: 0, dataByteCount: 0), Is.Zero);
    }

    [Test]
    public void Header_and_status_may_be_cut_anywhere()
    {
        _random.NextBytes(_storage.Bytes);
        _driver.WriteHeader(In, sector: 2);
        _driver.WriteDescriptor(0, BlockDriver.Header, 5, BlockDriver.Next, next: 1);
        _driver.WriteDescriptor(1, BlockDriver.Header + 5, 11, BlockDriver.Next, next: 2);
        _driver.WriteDescriptor(2, BlockDriver.Buffer, 100, BlockDriver.Next | BlockDriver.DeviceWrites, next: 3);
        _driver.WriteDescriptor(3, BlockDriver.Buffer + 100, 413, BlockDriver.DeviceWrites);
        _memory.At(BlockDriver.Buffer + 512, 1)[0] = 0xFF;
        _driver.Offer(0);
        _driver.Notify();
        Assert.Multiple(() =>
        {
            Assert.That(_memory.At(BlockDriver.Buffer, 512).ToArray(), Is.EqualTo(_storage.Bytes[1024..1536]));
            Assert.That(_memory.At(BlockDriver.Buffer + 512, 1)[0], Is.Zero);
        });
    }

    [Test]
    public void Configuration_shows_capacity_and_limits()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_device.Read(0x100, 8), Is.EqualTo(SectorCount));
            Assert.That(_device.Read(0x100, 4), Is.EqualTo(SectorCount));
            Assert.That(_device.Read(0x101, 1), Is.EqualTo(SectorCount >> 8));
            Assert.That(_device.Read(0x10C, 4), Is.EqualTo(254));
            Assert.That(_device.Read(0x114, 4), Is.EqualTo(512));
            Assert.That(_device.Read(0xFFC, 8), Is.Zero);
        });
    }

    private void CreateDevice(MemoryStorage storage)
    {
        _sources = new RecordedSources();
        _transfers = new RecordedTransfers();
        _memory = new ArrayMemory(0x8000_0000, 256 * 1024);
        _storage = storage;
        _device = new VirtioMmioTransport(0, _sources, _memory, new VirtioBlock(storage, deviceNumber: 5, _transfers));
        _driver = new BlockDriver(_device, _memory);
        _driver.Initialize();
    }
}
