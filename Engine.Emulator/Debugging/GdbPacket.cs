using System.Text;

namespace Engine.Emulator.Debugging;

/// <summary>The frame of a packet: <c>$contents#checksum</c>, with some bytes escaped.</summary>
internal static class GdbPacket
{
    /// <summary>Most bytes of contents that are taken or announced.</summary>
    public const int MaxLength = 0x4000;

    private const byte Escape = (byte)'}';
    private const byte EscapeBit = 0x20;

    /// <summary>Frames contents of characters below 256.</summary>
    public static byte[] Encode(string contents)
    {
        var bytes = new List<byte>(contents.Length + 4) { (byte)'$' };
        byte sum = 0;
        foreach (byte value in Encoding.Latin1.GetBytes(contents))
        {
            if (value is (byte)'$' or (byte)'#' or Escape or (byte)'*')
            {
                Add(Escape);
                Add((byte)(value ^ EscapeBit));
            }
            else
            {
                Add(value);
            }
        }

        bytes.AddRange(Encoding.ASCII.GetBytes($"#{sum:x2}"));
        return [.. bytes];

        void Add(byte value)
        {
            bytes.Add(value);
            sum += value;
        }
    }

    /// <summary>The contents of a packet without its escapes, as characters below 256.</summary>
    public static string Decode(ReadOnlySpan<byte> contents)
    {
        var text = new StringBuilder(contents.Length);
        for (int index = 0; index < contents.Length; index++)
        {
            bool isEscaped = contents[index] == Escape && index + 1 < contents.Length;
            text.Append((char)(isEscaped ? contents[++index] ^ EscapeBit : contents[index]));
        }

        return text.ToString();
    }
}
