using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Fleet.Cli;

/// <summary>Reads the file of <c>--config</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ConnectionFile))]
internal sealed partial class ConnectionJsonContext : JsonSerializerContext
{
    public static ConnectionFile? Read(string json) => JsonSerializer.Deserialize(json, Default.ConnectionFile);
}
