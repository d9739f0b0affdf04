using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Engine.Gateway.Frames;

/// <summary>
/// A condition on what is in an event's envelope, as a client writes it:
/// <c>event = 'system_log' and (data.level in ('error', 'critical') or not data.source starts_with 'test')</c>.
/// Immutable and thread-safe; what it found for the last events is kept, so that streams that share it look into each once.
/// </summary>
public sealed class FilterExpression
{
    /// <summary>Characters at most.</summary>
    public const int MaxLength = 2_000;

    private const int Remembered = 1_024;

    private readonly FilterNode _root;

    // By sequence, modulo: twice the sequence, and one more where it matched.
    private readonly long[] _results = new long[Remembered];

    private FilterExpression(string text, FilterNode root) => (Text, _root) = (text, root);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The text.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="problem">What is wrong, and at which character, from 1.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out FilterExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        expression = null;
        if (text.Length > MaxLength)
        {
            problem = $"has {text.Length} characters; at most {MaxLength} are allowed";
            return false;
        }

        var parser = new FilterParser(text);
        FilterNode? root = parser.Parse();
        problem = parser.Problem;
        if (root is null || problem is not null)
        {
            problem ??= "is empty";
            return false;
        }

        expression = new FilterExpression(text, root);
        return true;
    }

    /// <summary>Whether an event matches.</summary>
    /// <param name="frame">The event; of one history, always the same.</param>
    public bool Matches(EventFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ref long result = ref _results[frame.Sequence % Remembered];
        long known = Volatile.Read(ref result);
        if (known >> 1 == frame.Sequence)
            return (known & 1) == 1;
        using JsonDocument envelope = JsonDocument.Parse(frame.Envelope);
        bool matches = _root.Matches(envelope.RootElement);
        Volatile.Write(ref result, (frame.Sequence << 1) + (matches ? 1 : 0));
        return matches;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
