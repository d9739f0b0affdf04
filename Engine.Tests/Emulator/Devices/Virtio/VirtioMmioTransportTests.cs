using Engine.Emulator.Devices.Virtio;
using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Devices.Virtio;

public sealed class VirtioMmioTransportTests
{
    private RecordedSources _sources = null!;
    private ArrayMemory _memory = null!;
    private VirtioMmioTransport _device = null!;
    private BlockDriver _driver = null!;

    [SetUp]
    public void CreateDevice()
    {
        _sources = new RecordedSources();
        _memory = new ArrayMemory(0x8000_0000, 64 * 1024);
        _device = CreateTransport();
        _driver = new BlockDriver(_device, _memory);
    }

    [Test]
    public void Identification_is_that_of_a_modern_block_device()
    {
        Assert.That(
            (_driver.Read(0x00), _driver.Read(0x04), _driver.Read(0x08), _driver.Read(0x0C)),
            Is.EqualTo((0x7472_6976u, 2u, 2u, 0x554D_4551u)));
    }

    [Test]
    public void Empty_slot_shows_device_id_0()
    {
        var slot = new EmptyVirtioSlot(7);
        slot.Write(0x70, 15, 4);
        Assert.Multiple(() =>
        {
            Assert.That(slot.BaseAddress, Is.EqualTo(0x1000_8000));
            Assert.That(slot.Read(0x00, 4), Is.EqualTo(0x7472_6976));
            Assert.That(slot.Read(0x04, 4), Is.EqualTo(2));
            Assert.That(slot.Read(0x08, 4), Is.Zero);
            Assert.That(slot.Read(0x70, 4), Is.Zero);
        });
    }

    [Test]
    public void Features_are_shown_in_two_words()
    {
        _driver.Write(0x14, 0);
        Assert.That(_driver.Read(0x10), Is.EqualTo((1u << 2) | (1u << 6) | (1u << 9) | (1u << 28)));
        _driver.Write(0x14, 1);
        Assert.That(_driver.Read(0x10), Is.EqualTo(1));
        _driver.Write(0x14, 2);
        Assert.That(_driver.Read(0x10), Is.Zero);
    }

    [TestCase(1ul << 32, true)]
    [TestCase((1ul << 32) | (1ul << 9), true)]
    [TestCase(1ul << 9, true)]
    [TestCase(1ul << 5, false)]
    [TestCase((1ul << 32) | (1ul << 34), false)]
    public void Features_are_agreed_on_only_when_offered(ulong features, bool agreed)
    {
        _driver.Initialize(features: features);
        Assert.That((_driver.Status & 8) != 0, Is.EqualTo(agreed));
    }

    [Test]
    public void Nothing_is_served_before_the_driver_is_ready()
    {
        _driver.Initialize();
        _driver.Write(0x70, 0);
        _driver.Request(0, sector: 0, dataByteCount: 512);
        Assert.That(_driver.UsedIndex, Is.Zero);
    }

    [TestCase(0u, 0u)]
    [TestCase(3u, 0u)]
    [TestCase(512u, 0u)]
    [TestCase(256u, 1u)]
    public void Queue_starts_only_with_an_allowed_size(uint size, uint ready)
    {
        _driver.Initialize(queueSize: size);
        Assert.That(_driver.Read(0x44), Is.EqualTo(ready));
    }

    [Test]
    public void Queue_that_does_not_exist_has_no_size_and_ignores_everything()
    {
        _driver.Write(0x30, 1);
        _driver.Write(0x38, 8);
        _driver.Write(0x44, 1);
        _driver.Write(0x50, 1);
        Assert.That((_driver.Read(0x34), _driver.Read(0x44)), Is.EqualTo((0u, 0u)));
        _driver.Write(0x30, 0);
        Assert.That(_driver.Read(0x34), Is.EqualTo(256));
    }

    [Test]
    public void Reset_forgets_everything()
    {
        _driver.Initialize();
        _driver.Request(0, sector: 0, dataByteCount: 512);
        _driver.Write(0x70, 0);
        Assert.Multiple(() =>
        {
            Assert.That(_driver.Status, Is.Zero);
            Assert.That(_driver.InterruptStatus, Is.Zero);
            Assert.That(_driver.Read(0x44), Is.Zero);
            Assert.That(_sources[BoardLayout.VirtioSlotIrq(0)], Is.False);
        });
    }

    [Test]
    public void Registers_take_only_whole_words()
    {
        _device.Write(0x70, 1, 1);
        Assert.Multiple(() =>
        {
            Assert.That(_driver.Status, Is.Zero);
            Assert.That(_device.Read(0x00, 8), Is.Zero);
        });
    }

    [Test]
    public void Accesses_anywhere_in_the_range_are_harmless()
    {
        var random = new Random(1);
        Assert.That(
            () =>
            {
                for (int access = 0; access < 100_000; access++)
                {
                    ulong offset = (ulong)random.Next(0, 0x1000);
                    int size = 1 << random.Next(0, 4);
                    _device.Write(offset & ~3ul, (ulong)random.NextInt64(), 4);
                    _device.Read(offset, size);
                }
            },
            Throws.Nothing);
    }

    [Test]
    public void State_survives_a_snapshot()
    {
        _driver.Initialize();
        _driver.Request(0, sector: 0, dataByteCount: 512);
        var sources = new RecordedSources();
        var restored = CreateTransport(sources);
        DeviceState.Copy(_device, restored);
        Assert.Multiple(() =>
        {
            Assert.That(restored.Read(0x60, 4), Is.EqualTo(1));
            Assert.That(sources[BoardLayout.VirtioSlotIrq(0)], Is.False, "The interrupt controller is restored by itself.");
        });

        _driver.Offer(0);
        restored.Write(0x50, 0, 4);
        Assert.That(_driver.UsedIndex, Is.EqualTo(2));
    }

    private VirtioMmioTransport CreateTransport(RecordedSources? sources = null) =>
        new(0, sources ?? _sources, _memory, new VirtioBlock(new MemoryStorage(16)));
}
