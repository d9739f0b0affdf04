using Engine.Emulator.Loading;

namespace Engine.Tests.Emulator.Loading;

public sealed class GuestNumberTests
{
    [TestCase("0", 0ul)]
    [TestCase("4096", 4096ul)]
    [TestCase("0x80200000", 0x8020_0000ul)]
    [TestCase("0XfF", 0xFFul)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    public void Address_is_decimal_or_hexadecimal(string text, ulong expected) =>
        Assert.That(GuestNumber.ParseAddress(text), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("0x")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase(" 1")]
    [TestCase("ff")]
    [TestCase("0x1g")]
    [TestCase("4K")]
    [TestCase("18446744073709551616")]
    public void Bad_address_is_refused(string text) =>
        Assert.That(() => GuestNumber.ParseAddress(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));

    [TestCase("512", 512ul)]
    [TestCase("4K", 4096ul)]
    [TestCase("128m", 128ul << 20)]
    [TestCase("2G", 2ul << 30)]
    [TestCase("0x10M", 16ul << 20)]
    public void Size_may_have_a_suffix(string text, ulong expected) =>
        Assert.That(GuestNumber.ParseSize(text), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("M")]
    [TestCase("1T")]
    [TestCase("1.5G")]
    [TestCase("-1M")]
    [TestCase("18014398509481984K")]
    public void Bad_size_is_refused(string text) =>
        Assert.That(() => GuestNumber.ParseSize(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));

    [Test]
    public void Raw_image_is_a_file_and_an_address()
    {
        Assert.Multiple(() =>
        {
            Assert.That(RawImage.Parse("u-boot.bin@0x80200000"), Is.EqualTo(new RawImage("u-boot.bin", 0x8020_0000)));
            Assert.That(RawImage.Parse("a@b@4096"), Is.EqualTo(new RawImage("a@b", 4096)));
        });
    }

    [TestCase("file")]
    [TestCase("@0x80000000")]
    [TestCase("file@")]
    [TestCase("file@here")]
    public void Bad_raw_image_is_refused(string text) =>
        Assert.That(() => RawImage.Parse(text), Throws.TypeOf<FormatException>());
}
