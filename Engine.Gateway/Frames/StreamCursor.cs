using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Engine.Gateway.Frames;

/// <summary>A place in the events of a history: <c>epoch:sequence</c>.</summary>
/// <param name="Epoch">Which history: another one counts from 1 again.</param>
/// <param name="Sequence">The last event that has been seen; 0 for none.</param>
public readonly record struct StreamCursor(string Epoch, long Sequence)
{
    /// <summary>Characters of an epoch at most.</summary>
    public const int MaxEpochLength = 32;

    /// <summary>As the id of a block has it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Sequence}");

    /// <summary>Reads a cursor.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cursor">The cursor.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out StreamCursor cursor)
    {
        cursor = default;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 1
            || !IsEpoch(text![..colon])
            || !long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
            return false;
        cursor = new StreamCursor(text[..colon], sequence);
        return true;
    }

    /// <summary>Whether a text may be an epoch: ASCII letters and digits.</summary>
    internal static bool IsEpoch(string text) =>
        text.Length is > 0 and <= MaxEpochLength && text.All(char.IsAsciiLetterOrDigit);
}
