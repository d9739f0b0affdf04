using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Cluster.Contracts;

namespace Engine.Fleet.Cli;

/// <summary>The file of settings as JSON; a name that is none is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ClusterOptions))]
internal sealed partial class ConnectionJsonContext : JsonSerializerContext
{
    /// <exception cref="JsonException">It is none.</exception>
    public static ClusterOptions Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ClusterOptions) ?? new ClusterOptions();
}
