using System.Globalization;
using Engine.Primitives;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Engine.Bus.Configuration;

/// <summary>
/// Reads settings from YAML by the events of its parser, without reflection: mappings, lists and scalars of one document.
/// Anchors, aliases, tags and merge keys are refused: what they stand for would not be where an error points to.
/// </summary>
internal sealed class YamlSettings
{
    private readonly ParsedSettings _settings;
    private readonly Parser _parser;
    private readonly string _source;

    private YamlSettings(string text, string source)
    {
        _parser = new Parser(new StringReader(text));
        _source = source;
        _settings = new ParsedSettings(source);
    }

    public static ParsedSettings Parse(string text, string source)
    {
        var reader = new YamlSettings(text, source);
        try
        {
            reader.ReadStream();
        }
        catch (YamlException e)
        {
            throw new SettingsFormatException(source, ReadableText.Short(e.Message), e.Start.Line, e.Start.Column, e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The parser meets some broken texts, such as a list that is never closed, with errors of its own state.
            Mark end = reader._parser.Current?.End ?? Mark.Empty;
            throw new SettingsFormatException(source, "it breaks off or is not YAML after this place", end.Line, end.Column, e);
        }

        return reader._settings;
    }

    private void ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return;
        _parser.Consume<DocumentStart>();
        if (Next() is Scalar { Value: "" })
            _parser.MoveNext();
        else if (Next() is MappingStart)
            ReadNode("", 0);
        else
            throw Error(Next(), "settings must be a mapping at the top");
        _parser.Consume<DocumentEnd>();
        if (Next() is DocumentStart second)
            throw Error(second, "settings must be one document");
    }

    private ParsingEvent Next() => _parser.Current ?? throw new SettingsFormatException(_source, "it ends too early");

    private void ReadNode(string path, int depth)
    {
        ParsingEvent next = Next();
        Refuse(next);
        if (depth > SettingsFormats.MaxDepth)
            throw Error(next, $"settings must not be nested more than {SettingsFormats.MaxDepth} levels deep");
        switch (next)
        {
            case MappingStart:
                _parser.MoveNext();
                _settings.AddContainer(path, SettingsNodeKind.Section, next.Start.Line, next.Start.Column);
                ReadMapping(path, depth);
                break;
            case SequenceStart:
                _parser.MoveNext();
                _settings.AddContainer(path, SettingsNodeKind.List, next.Start.Line, next.Start.Column);
                for (int index = 0; !_parser.TryConsume<SequenceEnd>(out _); index++)
                    ReadNode(SettingsFormats.Join(path, index.ToString(CultureInfo.InvariantCulture)), depth + 1);
                break;
            case Scalar scalar:
                _parser.MoveNext();
                _settings.AddValue(path, ValueOf(scalar), scalar.Start.Line, scalar.Start.Column);
                break;
            default:
                throw Error(next, "this is not expected here");
        }
    }

    private void ReadMapping(string path, int depth)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ParsingEvent next = Next();
            Refuse(next);
            if (next is not Scalar { Value.Length: > 0 } key)
                throw Error(next, "a key must be a word");
            if (key.Value == "<<")
                throw Error(key, "merge keys are not supported in settings");
            _settings.CheckText(key.Value, key.Start.Line, key.Start.Column);
            if (!names.Add(key.Value))
                throw Error(key, $"the key {ReadableText.Short(SettingsFormats.Join(path, key.Value))} is there twice");
            _parser.MoveNext();
            ReadNode(SettingsFormats.Join(path, key.Value), depth + 1);
        }
    }

    private void Refuse(ParsingEvent next)
    {
        if (next is AnchorAlias)
            throw Error(next, "aliases are not supported in settings");
        if (next is NodeEvent { Anchor.IsEmpty: false })
            throw Error(next, "anchors are not supported in settings");
        if (next is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
            throw Error(next, "tags are not supported in settings");
    }

    private static string? ValueOf(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL" && scalar.Style == ScalarStyle.Plain
            ? null
            : scalar.Value;

    private SettingsFormatException Error(ParsingEvent at, string problem) => new(_source, problem, at.Start.Line, at.Start.Column);
}
