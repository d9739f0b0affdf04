using System.Buffers;
using System.Text;

namespace Engine.Bus.Configuration;

/// <summary>Gets the text of settings: UTF-8, of a bounded length, whatever it comes from.</summary>
internal static class SettingsText
{
    /// <summary>The most bytes of a file, and characters of a text.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="SettingsFormatException">It is too long, or not UTF-8 text.</exception>
    public static string OfFile(string path)
    {
        using FileStream stream = Open(path);
        return Of(stream, path);
    }

    /// <summary>Opens a file. Whoever is writing or replacing it is not to be stopped by its being read.</summary>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Reads a stream to its end, or to where it is too long: some say nothing, or nothing true, of their length.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="source">Where it comes from, for errors.</param>
    /// <exception cref="SettingsFormatException">It is too long, or not UTF-8 text.</exception>
    public static string Of(Stream stream, string source)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(64 << 10);
        int count = 0;
        try
        {
            while (stream.Read(bytes, count, bytes.Length - count) is > 0 and int read)
            {
                count += read;
                if (count > MaxBytes)
                    throw new SettingsFormatException(source, $"it has more than {MaxBytes} bytes, which is as many as settings may have");
                if (count == bytes.Length)
                    Grow(ref bytes);
            }

            return Decode(bytes.AsSpan(0, count), source);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Refuses a text that has half a character, and says where.</summary>
    /// <exception cref="SettingsFormatException">There is a surrogate without the other one.</exception>
    public static void CheckUtf16(string text, string source)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                ReadOnlySpan<char> before = text.AsSpan(0, i);
                throw new SettingsFormatException(
                    source, $"it is not UTF-16 text: U+{(int)text[i]:X4} is half a character", before.Count('\n') + 1,
                    i - before.LastIndexOf('\n'));
            }

            i++;
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        for (int i = 0; i < bytes.Length;)
        {
            // Most of it is ASCII.
            if (bytes[i] < 0x80)
            {
                i++;
            }
            else if (Rune.DecodeFromUtf8(bytes[i..], out _, out int length) == OperationStatus.Done)
            {
                i += length;
            }
            else
            {
                ReadOnlySpan<byte> before = bytes[..i];
                throw new SettingsFormatException(
                    source, $"it is not UTF-8 text: the byte 0x{bytes[i]:X2} is out of place", before.Count((byte)'\n') + 1,
                    Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
            }
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static void Grow(ref byte[] bytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(2 * bytes.Length);
        bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
