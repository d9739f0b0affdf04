using Engine.Emulator.Loading;
using Engine.Tests.Emulator.Devices;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Loading;

public sealed class GuestLoaderTests
{
    private ArrayMemory _memory = null!;
    private GuestLoader _loader = null!;

    [SetUp]
    public void CreateLoader()
    {
        _memory = new ArrayMemory(0x8000_0000, 0x4_0000);
        _loader = new GuestLoader(_memory, _memory.Range);
    }

    [Test]
    public void Segment_is_copied_and_its_rest_is_cleared()
    {
        _memory.At(0x8000_0000, 0x4_0000).Fill(0xEE);
        var guest = Load(new ElfBuilder { Contents = [1, 2, 3, 4], ZeroByteCount = 0x2_0000 });
        Assert.Multiple(() =>
        {
            Assert.That(guest, Is.EqualTo(new LoadedGuest(0x8000_0000, 0x8002_0004, null, null)));
            Assert.That(_memory.At(0x8000_0000, 4).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
            Assert.That(_memory.At(0x8000_0004, 0x2_0000).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
            Assert.That(_memory.At(0x8002_0004, 1)[0], Is.EqualTo(0xEE));
        });
    }

    [Test]
    public void Addresses_are_physical()
    {
        var guest = Load(new ElfBuilder
        {
            VirtualAddress = 0xFFFF_FFC0_0000_0000,
            PhysicalAddress = 0x8000_1000,
            Entry = 0xFFFF_FFC0_0000_0002,
            Symbols = [("fromhost", 0x8000_2000), ("tohost", 0xFFFF_FFC0_0000_0003), ("tohostess", 1)],
        });
        Assert.That(guest, Is.EqualTo(new LoadedGuest(0x8000_1002, 0x8000_1004, 0x8000_1003, 0x8000_2000)));
    }

    [TestCase(0x0UL, 0x8000_0000UL)]
    [TestCase(0x200UL, 0x8000_0200UL)]
    [TestCase(0x1_0000UL, 0x8000_0000UL)]
    [TestCase(0x8000_1000UL, 0x8000_1000UL, Description = "in RAM: stays")]
    public void A_position_independent_program_is_moved_into_RAM(ulong linkedFor, ulong expected)
    {
        var guest = Load(new ElfBuilder
        {
            IsPositionIndependent = true,
            VirtualAddress = linkedFor,
            PhysicalAddress = linkedFor,
            Entry = linkedFor + 2,
            Contents = [1, 2, 3, 4],
            Symbols = [("tohost", linkedFor + 1)],
        });
        Assert.That(guest, Is.EqualTo(new LoadedGuest(expected + 2, expected + 4, expected + 1, null)));
        Assert.That(_memory.At(expected, 4).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
    }

    [TestCase(0x0UL, false)]
    [TestCase(0xFFFF_FFFF_8000_0000UL, false)]
    [TestCase(0xFFFF_FFFF_8000_0000UL, true)]
    public void A_kernel_for_the_upper_half_is_moved_to_where_kernels_lie(ulong physical, bool isPositionIndependent)
    {
        _memory = new ArrayMemory(0x8000_0000, 0x30_0000);
        _loader = new GuestLoader(_memory, _memory.Range);
        var guest = Load(new ElfBuilder
        {
            IsPositionIndependent = isPositionIndependent,
            VirtualAddress = 0xFFFF_FFFF_8000_0000,
            PhysicalAddress = physical,
            Entry = 0xFFFF_FFFF_8000_0002,
        });
        Assert.That(guest, Is.EqualTo(new LoadedGuest(0x8020_0002, 0x8020_0004, null, null)));
    }

    [Test]
    public void A_program_that_cannot_be_moved_is_explained() =>
        Assert.That(
            () => Load(new ElfBuilder { VirtualAddress = 0x1_0000, PhysicalAddress = 0x1_0000, Entry = 0x1_0000 }),
            Throws.TypeOf<GuestLoadException>().With.Message.Contains("at 0x10000 does not fit into RAM"));

    [Test]
    public void A_kernel_is_an_ELF_file_or_any_other_as_it_is_at_the_usual_address_or_another()
    {
        _memory = new ArrayMemory(0x8000_0000, 0x30_0000);
        _loader = new GuestLoader(_memory, _memory.Range);
        using var folder = new TemporaryFolder();
        string raw = folder.Write("Image", [1, 2, 3]);
        string elf = folder.Write(
            "vmlinux", new ElfBuilder { VirtualAddress = 1UL << 63, PhysicalAddress = 0, Entry = (1UL << 63) + 2 }.Build());
        Assert.Multiple(() =>
        {
            Assert.That(_loader.LoadKernel(raw), Is.EqualTo(new LoadedGuest(0x8020_0000, 0x8020_0003, null, null)));
            Assert.That(_loader.LoadKernel(raw, 0x8010_0000).EntryPoint, Is.EqualTo(0x8010_0000));
            Assert.That(_loader.LoadKernel(elf).EntryPoint, Is.EqualTo(0x8020_0002));
            Assert.That(_loader.LoadKernel(elf, 0x8010_0000).EntryPoint, Is.EqualTo(0x8010_0002));
            Assert.That(() => _loader.LoadKernel(raw, 0x8030_0000), Throws.TypeOf<GuestLoadException>());
            Assert.That(() => _loader.LoadKernel(raw + "?"), Throws.TypeOf<GuestLoadException>().With.Message.Contains("no such file"));
        });
    }

    [TestCase("vmlinux", "vmlinux", null)]
    [TestCase("vmlinux@0x80400000", "vmlinux", 0x8040_0000UL)]
    [TestCase("a@b", "a@b", null)]
    [TestCase("a@b@16", "a@b", 16UL)]
    public void A_kernel_s_address_may_follow_its_name(string text, string path, ulong? address) =>
        Assert.That(KernelFile.Parse(text), Is.EqualTo(new KernelFile(path, address)));

    [Test]
    public void Damaged_symbol_table_is_as_good_as_none()
    {
        byte[] file = new ElfBuilder { Symbols = [("tohost", 0x8000_0000)] }.Build();
        file[^(128 - 24)] = 0xFF;
        Assert.That(_loader.LoadElf(file, "guest").ToHost, Is.EqualTo(0x8000_0000).Or.Null);
        Array.Fill(file, (byte)0xFF, file.Length - 128, 128);
        Assert.That(_loader.LoadElf(file, "guest").ToHost, Is.Null);
    }

    [TestCase(0, (byte)0, "not an ELF file")]
    [TestCase(4, (byte)1, "not a 64-bit ELF file")]
    [TestCase(5, (byte)2, "not a little-endian ELF file")]
    [TestCase(18, (byte)62, "another machine")]
    [TestCase(16, (byte)1, "not an executable")]
    [TestCase(54, (byte)32, "program headers of 32 bytes")]
    [TestCase(39, (byte)0x80, "program headers lie behind the end")]
    [TestCase(57, (byte)0x10, "program headers lie behind the end")]
    [TestCase(64, (byte)6, "no loadable segment")]
    [TestCase(64 + 15, (byte)0xFF, "segment 0 reaches behind the end")]
    [TestCase(64 + 33, (byte)0x10, "segment 0 reaches behind the end")]
    [TestCase(64 + 40, (byte)1, "more bytes in the file than in memory")]
    [TestCase(64 + 45, (byte)1, "does not fit into RAM")]
    [TestCase(64 + 27, (byte)0x10, "does not fit into RAM")]
    [TestCase(27, (byte)0x10, "entry point 0x10000000 lies outside RAM")]
    public void Bad_file_is_explained_in_one_line(int offset, byte value, string problem)
    {
        byte[] file = new ElfBuilder().Build();
        file[offset] = value;
        Assert.That(
            () => _loader.LoadElf(file, "guest.elf"),
            Throws.TypeOf<GuestLoadException>().With.Message.StartsWith("guest.elf: ")
                .And.Message.Contains(problem).And.Message.Not.Contains("\n"));
    }

    [Test]
    public void Every_truncation_is_noticed()
    {
        byte[] file = new ElfBuilder().Build();
        for (int length = 0; length < file.Length; length++)
            Assert.That(() => _loader.LoadElf(file.AsMemory(0, length), "guest"), Throws.TypeOf<GuestLoadException>(), $"{length} bytes");
    }

    [Test]
    public void Random_damage_never_fails_in_another_way()
    {
        byte[] file = new ElfBuilder { Symbols = [("tohost", 0x8000_0000), ("fromhost", 0x8000_0008)] }.Build();
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. file];
            for (int change = 0; change < 3; change++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                _loader.LoadElf(damaged, "guest");
            }
            catch (GuestLoadException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.InRange(1, 19_999), "some damage matters, some does not");
    }

    [Test]
    public void Missing_file_is_explained() =>
        Assert.That(
            () => _loader.LoadElf("/no/such/guest.elf"),
            Throws.TypeOf<GuestLoadException>().With.Message.EqualTo("/no/such/guest.elf: no such file"));

    [Test]
    public void Directory_is_explained() =>
        Assert.That(
            () => _loader.LoadElf(Path.GetTempPath()),
            Throws.TypeOf<GuestLoadException>().With.Message.Contains("cannot be opened"));

    [Test]
    public void Raw_file_is_copied_where_it_fits()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [1, 2, 3]);
            var range = _loader.LoadRaw(new RawImage(path, 0x8003_FFFD));
            Assert.Multiple(() =>
            {
                Assert.That((range.Start, range.ByteCount), Is.EqualTo((0x8003_FFFDul, 3ul)));
                Assert.That(_memory.At(0x8003_FFFD, 3).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
                Assert.That(
                    () => _loader.LoadRaw(new RawImage(path, 0x8003_FFFE)),
                    Throws.TypeOf<GuestLoadException>().With.Message.Contains("do not fit into RAM at 0x80000000..0x80040000"));
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private LoadedGuest Load(ElfBuilder builder) => _loader.LoadElf(builder.Build(), "guest");
}
