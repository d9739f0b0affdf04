using System.Globalization;
using System.Text.Json;

namespace Engine.Bus.Configuration.Files;

/// <summary>Reads settings from JSON. Comments and trailing commas are allowed, as in the host's own settings files.</summary>
internal static class JsonSettings
{
    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = SettingsFormats.MaxDepth,
    };

    public static Dictionary<string, string?> Parse(string text, string source)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new SettingsFormatException(source, $"settings must be an object at the top, not {document.RootElement.ValueKind}");
            Add(document.RootElement, "", settings, source);
        }
        catch (JsonException e)
        {
            throw new SettingsFormatException(source, e.Message, (e.LineNumber ?? -1) + 1, (e.BytePositionInLine ?? -1) + 1, e);
        }

        return settings;
    }

    private static void Add(JsonElement element, string path, Dictionary<string, string?> settings, string source)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                    Add(member.Value, SettingsFormats.Join(path, member.Name), settings, source);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in element.EnumerateArray())
                    Add(item, SettingsFormats.Join(path, index++.ToString(CultureInfo.InvariantCulture)), settings, source);
                break;
            default:
                string? value = element.ValueKind switch
                {
                    JsonValueKind.Null => null,
                    JsonValueKind.String => element.GetString(),
                    _ => element.GetRawText(),
                };
                if (!settings.TryAdd(path, value))
                    throw new SettingsFormatException(source, $"the key {path} is there twice");
                break;
        }
    }
}
