using Engine.Primitives;

namespace Engine.Bus.Configuration;

/// <summary>What stands at a place of a settings text.</summary>
internal enum SettingsNodeKind
{
    /// <summary>A single value, or none.</summary>
    Value,

    /// <summary>Keys with what belongs to them.</summary>
    Section,

    /// <summary>A list.</summary>
    List,
}

/// <summary>One node of a settings text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column, from 1.</param>
internal readonly record struct SettingsNode(SettingsNodeKind Kind, long Line, long Column);

/// <summary>
/// The content of a settings text: flat keys and values, as configurations have them, and for each node of the text what it is and
/// where, so that what is wrong with it can be shown there. Not changed once it is read.
/// </summary>
/// <param name="source">Where the text comes from, for errors.</param>
internal sealed class ParsedSettings(string source)
{
    private readonly Dictionary<string, SettingsNode> _nodes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The values by path.</summary>
    public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the text comes from.</summary>
    public string Source { get; } = source;

    /// <summary>The node of a path; null if the text has none there.</summary>
    public SettingsNode? NodeOf(string path) => _nodes.TryGetValue(path, out SettingsNode node) ? node : null;

    /// <summary>Where the node of a path stands, as <c>bus.yaml(3,5)</c>; null if the text has none there.</summary>
    public string? PlaceOf(string path) => NodeOf(path) is { } node ? $"{Source}({node.Line},{node.Column})" : null;

    /// <summary>Adds a value.</summary>
    /// <exception cref="SettingsFormatException">The path is there already.</exception>
    public void AddValue(string path, string? value, long line, long column)
    {
        AddNode(path, new SettingsNode(SettingsNodeKind.Value, line, column));
        CheckText(value, line, column);
        Values.Add(path, value);
    }

    /// <summary>Adds a section or a list, before what is in it. The text as a whole is none.</summary>
    /// <exception cref="SettingsFormatException">The path is there already.</exception>
    public void AddContainer(string path, SettingsNodeKind kind, long line, long column)
    {
        if (path.Length > 0)
            AddNode(path, new SettingsNode(kind, line, column));
    }

    /// <summary>Refuses text that is half a character: it could not be written anywhere as UTF-8.</summary>
    /// <exception cref="SettingsFormatException">There is a surrogate without the other one.</exception>
    public void CheckText(string? text, long line, long column)
    {
        for (int i = 0; i < text?.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                throw new SettingsFormatException(Source, $"it is not UTF-16 text: U+{(int)text[i]:X4} is half a character", line, column);
            i++;
        }
    }

    private void AddNode(string path, SettingsNode node)
    {
        CheckText(path, node.Line, node.Column);
        if (!_nodes.TryAdd(path, node))
            throw new SettingsFormatException(Source, $"the key {ReadableText.Short(path)} is there twice", node.Line, node.Column);
    }
}
