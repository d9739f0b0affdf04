using System.Security.Cryptography;
using System.Text;

namespace Engine.Storage.Databases;

/// <summary>Errors as they are kept in a row.</summary>
internal static class ErrorText
{
    public const int MaxMessageLength = 4 << 10;
    public const int MaxStackLength = 16 << 10;
    private const int FrameCount = 3;

    public static string Message(string? text) => Cut(text ?? "", MaxMessageLength);

    public static string? Stack(Exception? error) => Stack(error?.StackTrace);

    public static string? Stack(string? trace) => trace is null ? null : Cut(trace, MaxStackLength);

    /// <summary>The same for errors of one kind: of type, topmost frames without their lines, and topic; not of the message.</summary>
    public static string Fingerprint(string? type, string? stack, string topic)
    {
        IEnumerable<string> frames = (stack ?? "").Split('\n').Take(FrameCount).Select(static frame =>
        {
            int place = frame.IndexOf(" in ", StringComparison.Ordinal);
            return (place < 0 ? frame : frame[..place]).Trim();
        });
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [type ?? "", topic, .. frames])));
        return Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }

    // A NUL cannot be kept by PostgreSQL, and half a pair of surrogates by none.
    private static string Cut(string text, int length)
    {
        if (text.Length > length)
            text = text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace('\0', ' ')));
    }
}
