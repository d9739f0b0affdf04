using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Cluster.Events;

/// <summary>Small texts by name as JSON.</summary>
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class MetadataJsonContext : JsonSerializerContext
{
    public static string Write(Dictionary<string, string> metadata) =>
        JsonSerializer.Serialize(metadata, Default.DictionaryStringString);

    /// <exception cref="JsonException">It is no object of texts.</exception>
    public static Dictionary<string, string>? Read(string json) => JsonSerializer.Deserialize(json, Default.DictionaryStringString);
}
