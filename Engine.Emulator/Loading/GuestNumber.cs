using System.Globalization;

namespace Engine.Emulator.Loading;

/// <summary>Numbers as the command line writes them: decimal, or hexadecimal with 0x.</summary>
public static class GuestNumber
{
    /// <summary>Parses an address.</summary>
    /// <exception cref="FormatException">The text is not a number of 64 bits.</exception>
    public static ulong ParseAddress(string text) =>
        TryParse(text, out ulong value)
            ? value
            : throw new FormatException($"'{text}' is not an address: expected a decimal number or 0x and hexadecimal digits.");

    /// <summary>Parses a size in bytes, which may end in K, M or G for powers of 1,024.</summary>
    /// <exception cref="FormatException">The text is not a number of 64 bits.</exception>
    public static ulong ParseSize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            _ => 0,
        };
        string digits = shift == 0 ? text : text[..^1];
        if (!TryParse(digits, out ulong value) || value > ulong.MaxValue >> shift)
            throw new FormatException($"'{text}' is not a size: expected bytes, or a number followed by K, M or G.");

        return value << shift;
    }

    private static bool TryParse(string text, out ulong value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
