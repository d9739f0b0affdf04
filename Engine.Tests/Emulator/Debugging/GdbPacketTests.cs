using System.Text;
using Engine.Emulator.Debugging;

namespace Engine.Tests.Emulator.Debugging;

public sealed class GdbPacketTests
{
    [Test]
    public void What_is_framed_is_read_again()
    {
        string contents = string.Concat(Enumerable.Range(0, 256).Select(static value => (char)value));
        Assert.That(Read(GdbPacket.Encode(contents)), Is.EqualTo(new[] { (GdbInputKind.Packet, contents) }));
    }

    [Test]
    public void Bytes_between_packets_are_acknowledgements_and_interrupts() => Assert.That(
        Read("+$g#67\u0003-x$?#3f"u8),
        Is.EqualTo(new[]
        {
            (GdbInputKind.Packet, "g"), (GdbInputKind.Interrupt, ""), (GdbInputKind.Resend, ""), (GdbInputKind.Packet, "?"),
        }));

    [TestCase("$g#68")]
    [TestCase("$g#zz")]
    [TestCase("$g#6 ")]
    [TestCase("$#01")]
    public void A_checksum_that_does_not_match_is_told(string text) =>
        Assert.That(Read(Encoding.ASCII.GetBytes(text)), Is.EqualTo(new[] { (GdbInputKind.BadPacket, "") }));

    [Test]
    public void A_packet_that_was_cut_off_is_forgotten() =>
        Assert.That(Read("$m800$g#67"u8), Is.EqualTo(new[] { (GdbInputKind.Packet, "g") }));

    [Test]
    public void A_packet_without_end_is_given_up()
    {
        byte[] endless = new byte[GdbPacket.MaxLength + 2];
        endless.AsSpan().Fill((byte)'a');
        endless[0] = (byte)'$';
        Assert.That(Read(endless), Is.EqualTo(new[] { (GdbInputKind.TooLong, "") }));
    }

    private static List<(GdbInputKind Kind, string Text)> Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new GdbPacketReader();
        var found = new List<(GdbInputKind, string)>();
        foreach (byte value in bytes)
        {
            if (reader.Take(value) is { } input)
                found.Add(input);
        }

        return found;
    }
}
