using Engine.Primitives;

namespace Engine.Tests.Primitives;

/// <summary>Numbers as people read them.</summary>
public class ReadableTextTests
{
    [TestCase(0, "0 ns")]
    [TestCase(850, "850 ns")]
    [TestCase(999, "999 ns")]
    [TestCase(1_000, "1 us")]
    [TestCase(1_234, "1.23 us")]
    [TestCase(9_996, "10 us")]
    [TestCase(12_345, "12.3 us")]
    [TestCase(999_499, "999 us")]
    [TestCase(999_500, "1 ms")]
    [TestCase(20_000_000, "20 ms")]
    [TestCase(1_500_000_000, "1.5 s")]
    [TestCase(3_600_000_000_000, "3,600 s")]
    public void Durations(long nanoseconds, string expected) => Assert.That(ReadableText.Nanoseconds(nanoseconds), Is.EqualTo(expected));

    [TestCase(0, "0")]
    [TestCase(0.25, "0.25")]
    [TestCase(8.504, "8.5")]
    [TestCase(99.96, "100")]
    [TestCase(1024, "1,024")]
    public void Numbers(double number, string expected) => Assert.That(ReadableText.Number(number), Is.EqualTo(expected));

    [Test]
    public void Counts_and_shares_and_time_spans()
    {
        Assert.That(ReadableText.Count(1_234_567), Is.EqualTo("1,234,567"));
        Assert.That(ReadableText.Share(0.625), Is.EqualTo("62.5 %"));
        Assert.That(ReadableText.Duration(TimeSpan.FromMicroseconds(12.3)), Is.EqualTo("12.3 us"));
    }

    [Test]
    public void Bytes_and_quoted_texts()
    {
        Assert.That(ReadableText.Mebibytes(1_572_864), Is.EqualTo("1.5 MiB"));
        Assert.That(ReadableText.Short("as it is"), Is.EqualTo("as it is"));
        Assert.That(ReadableText.Short(new string('x', 2_000)), Is.EqualTo($"{new string('x', 200)}... (2,000 characters)"));
    }
}
