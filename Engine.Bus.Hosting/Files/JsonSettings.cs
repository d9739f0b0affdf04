using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Primitives;

namespace Engine.Bus.Configuration;

/// <summary>Reads settings from JSON. Comments and trailing commas are allowed, as in the host's own settings files.</summary>
internal sealed class JsonSettings
{
    private static readonly JsonReaderOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = SettingsFormats.MaxDepth,
    };

    private readonly byte[] _text;
    private readonly ParsedSettings _settings;

    // Places are asked for in the order of the text, so that lines are counted once.
    private int _counted;
    private int _lineStart;
    private long _line = 1;

    private JsonSettings(byte[] text, string source)
    {
        _text = text;
        _settings = new ParsedSettings(source);
    }

    public static ParsedSettings Parse(string text, string source)
    {
        var settings = new JsonSettings(Encoding.UTF8.GetBytes(text), source);
        var reader = new Utf8JsonReader(settings._text, Options);
        try
        {
            settings.Read(ref reader);
        }
        catch (JsonException e)
        {
            throw new SettingsFormatException(
                source, ReadableText.Short(e.Message), (e.LineNumber ?? -1) + 1, (e.BytePositionInLine ?? -1) + 1, e);
        }

        return settings._settings;
    }

    private void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Error(ref reader, $"settings must be an object at the top, not {reader.TokenType}");
        ReadObject(ref reader, "");
        // Finds what comes after the end.
        while (reader.Read())
        {
        }
    }

    private void ReadNode(ref Utf8JsonReader reader, string path)
    {
        (long line, long column) = PlaceOf(ref reader);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _settings.AddContainer(path, SettingsNodeKind.Section, line, column);
                ReadObject(ref reader, path);
                break;
            case JsonTokenType.StartArray:
                _settings.AddContainer(path, SettingsNodeKind.List, line, column);
                for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                    ReadNode(ref reader, SettingsFormats.Join(path, index.ToString(CultureInfo.InvariantCulture)));
                break;
            default:
                _settings.AddValue(path, ValueOf(ref reader), line, column);
                break;
        }
    }

    private void ReadObject(ref Utf8JsonReader reader, string path)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = TextOf(ref reader);
            reader.Read();
            ReadNode(ref reader, SettingsFormats.Join(path, name));
        }
    }

    private string? ValueOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => TextOf(ref reader),
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escape, as "\ud800".
            throw Error(ref reader, "it is not UTF-16 text: an escape is half a character");
        }
    }

    private SettingsFormatException Error(ref Utf8JsonReader reader, string problem)
    {
        (long line, long column) = PlaceOf(ref reader);
        return new SettingsFormatException(_settings.Source, problem, line, column);
    }

    private (long Line, long Column) PlaceOf(ref Utf8JsonReader reader)
    {
        for (int start = (int)reader.TokenStartIndex; _counted < start; _counted++)
        {
            if (_text[_counted] != '\n')
                continue;
            _line++;
            _lineStart = _counted + 1;
        }

        return (_line, _counted - _lineStart + 1);
    }
}
