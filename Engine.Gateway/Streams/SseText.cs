using System.Buffers;
using System.Globalization;
using System.Text;

namespace Engine.Gateway.Streams;

/// <summary>
/// Writes blocks of an event stream. What would end a line within an id or an event's name is refused; data is split at every
/// CR, LF and CRLF.
/// </summary>
public static class SseText
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\0");

    /// <summary>Makes a block.</summary>
    /// <param name="eventName">The event's name; null for none.</param>
    /// <param name="data">The data; null for none.</param>
    /// <param name="id">The id; null for none.</param>
    /// <param name="retry">How long the client is to wait before it connects again; null to leave it.</param>
    /// <exception cref="ArgumentException">The id or the name has CR, LF or NUL, or the time to wait is negative.</exception>
    public static byte[] Block(string? eventName = null, string? data = null, string? id = null, TimeSpan? retry = null)
    {
        Check(eventName, nameof(eventName));
        Check(id, nameof(id));
        var text = new StringBuilder();
        if (retry is { } wait)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(retry));
            text.Append(CultureInfo.InvariantCulture, $"retry: {(long)wait.TotalMilliseconds}\n");
        }

        if (id is not null)
            text.Append("id: ").Append(id).Append('\n');
        if (eventName is not null)
            text.Append("event: ").Append(eventName).Append('\n');
        if (data is not null)
            AppendLines(text, "data: ", data);
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>Makes a comment, which clients skip.</summary>
    /// <param name="comment">The text.</param>
    public static byte[] Comment(string comment)
    {
        ArgumentNullException.ThrowIfNull(comment);
        var text = new StringBuilder();
        AppendLines(text, ": ", comment);
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static void AppendLines(StringBuilder text, string prefix, string lines)
    {
        int start = 0;
        while (true)
        {
            int length = lines.AsSpan(start).IndexOfAny('\r', '\n');
            if (length < 0)
                break;
            text.Append(prefix).Append(lines, start, length).Append('\n');
            int end = start + length;
            start = end + (lines[end] == '\r' && end + 1 < lines.Length && lines[end + 1] == '\n' ? 2 : 1);
        }

        text.Append(prefix).Append(lines, start, lines.Length - start).Append('\n');
    }

    private static void Check(string? text, string name)
    {
        if (text.AsSpan().ContainsAny(LineEnds))
            throw new ArgumentException($"The {name} of a block must not have CR, LF or NUL; got \"{Printable(text!)}\".", name);
    }

    private static string Printable(string text) => string.Concat(
        text.Take(64).Select(static c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
}
