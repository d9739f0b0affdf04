using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Engine.Storage.Databases;

/// <summary>Metadata as the text of a column: a JSON object with its names in order.</summary>
internal static class MetadataText
{
    /// <returns>Null for none.</returns>
    public static string? Write(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
            return null;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach ((string name, string value) in metadata.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static IReadOnlyDictionary<string, string> Read(string? text)
    {
        if (text is null)
            return FrozenDictionary<string, string>.Empty;
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.EnumerateObject().ToFrozenDictionary(
            static property => property.Name, static property => property.Value.GetString() ?? "", StringComparer.Ordinal);
    }
}
