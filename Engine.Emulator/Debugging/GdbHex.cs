using System.Buffers.Binary;
using System.Globalization;

namespace Engine.Emulator.Debugging;

/// <summary>Numbers and bytes as the remote protocol writes them.</summary>
internal static class GdbHex
{
    /// <summary>Reads a number with its most significant digit first.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads two numbers with a separator between them.</summary>
    public static bool TryParsePair(ReadOnlySpan<char> text, char separator, out ulong first, out ulong second)
    {
        int index = text.IndexOf(separator);
        second = 0;
        first = 0;
        return index > 0 && TryParse(text[..index], out first) && TryParse(text[(index + 1)..], out second);
    }

    /// <summary>Reads bytes.</summary>
    public static bool TryParseBytes(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 2 != 0)
            return false;
        bytes = new byte[text.Length / 2];
        for (int index = 0; index < bytes.Length; index++)
        {
            if (!byte.TryParse(
                text.Slice(2 * index, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[index]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a register: bytes in the order of memory.</summary>
    public static bool TryParseRegister(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        if (!TryParseBytes(text, out byte[] bytes) || bytes.Length is 0 or > sizeof(ulong))
            return false;
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        bytes.CopyTo(whole);
        value = BinaryPrimitives.ReadUInt64LittleEndian(whole);
        return true;
    }

    /// <summary>Writes a register of 64 bits.</summary>
    public static string Register(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    /// <summary>Writes bytes.</summary>
    public static string Bytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Writes a number.</summary>
    public static string Number(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);
}
