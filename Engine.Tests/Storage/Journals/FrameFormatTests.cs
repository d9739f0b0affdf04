using Engine.Storage.Frames;

namespace Engine.Tests.Storage.Journals;

internal sealed class FrameFormatTests
{
    private static readonly FrameHeader Example = new()
    {
        Kind = FrameKind.Events,
        FrameNumber = 7,
        Stream = new FrameStream(0x0123456789ABCDEF, "vm.instruction", "Pc:u64@0,Opcode:u32@8,Flags:u32@12", 16, 3, "vcpu0", "vm-ü"),
        FirstSequence = 1_000_000,
        Count = 32_768,
        FirstInstructionCount = 42,
        LastInstructionCount = 43,
        Time = new DateTimeOffset(2026, 11, 27, 12, 0, 0, 123, TimeSpan.Zero).AddTicks(4567),
        LostBefore = new FrameLoss(999_000, 1_000, LossCause.RingDroppedOldest),
        CodecId = 1,
        IsCompressed = true,
        EncodedLength = 1234,
        PayloadLength = 567,
        PayloadChecksum = 0xDEADBEEF,
    };

    [Test]
    public void Checksum_is_crc_32c()
    {
        // The check value of the catalogue of CRC algorithms, and 32 zeros of RFC 3720.
        Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283));
        Assert.That(Crc32C.Of(new byte[32]), Is.EqualTo(0x8A9136AA));
        Assert.That(Crc32C.Of("1234"u8, "56789"u8), Is.EqualTo(0xE3069283));
    }

    [Test]
    public void Checksums_of_any_length_are_those_of_one_bit_after_the_other()
    {
        var random = new Random(1);
        byte[] bytes = new byte[8000];
        random.NextBytes(bytes);
        foreach (int length in new[] { 0, 1, 7, 8, 1024, 3071, 3072, 3073, 6144, 8000 })
        {
            uint expected = uint.MaxValue;
            foreach (byte value in bytes.AsSpan(0, length))
            {
                expected ^= value;
                for (int bit = 0; bit < 8; bit++)
                    expected = (expected >> 1) ^ ((expected & 1) * 0x82F63B78);
            }

            int cut = random.Next(length + 1);
            Assert.That(Crc32C.Of(bytes.AsSpan(0, length)), Is.EqualTo(~expected), $"{length} bytes");
            Assert.That(Crc32C.Of(bytes.AsSpan(0, cut), bytes.AsSpan(cut, length - cut)), Is.EqualTo(~expected), $"{cut} of {length}");
        }
    }

    [Test]
    public void Header_survives_the_way_to_bytes_and_back([Values("vm-ü", "", null)] string? vmId)
    {
        FrameHeader header = Example with { Stream = Example.Stream with { VmId = vmId } };
        byte[] bytes = new byte[FrameFormat.MaxHeaderLength];
        int length = FrameFormat.Write(header, bytes);
        Assert.That(FrameFormat.Read(bytes), Is.EqualTo(header with { HeaderLength = length }));
        Assert.That(length % 8, Is.Zero);
    }

    [Test]
    public void Every_flipped_bit_of_a_header_is_noticed()
    {
        byte[] bytes = new byte[FrameFormat.LengthOf(Example.Stream)];
        FrameFormat.Write(Example, bytes);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(FrameFormat.Read(bytes), Is.Null, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(FrameFormat.Read(bytes), Is.Not.Null);
    }

    [Test]
    public void Part_of_a_header_is_none()
    {
        byte[] bytes = new byte[FrameFormat.LengthOf(Example.Stream)];
        FrameFormat.Write(Example, bytes);
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(FrameFormat.Read(bytes.AsSpan(0, length)), Is.Null, $"{length} bytes");
    }
}
