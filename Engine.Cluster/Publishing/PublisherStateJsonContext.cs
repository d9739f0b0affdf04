using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Cluster.Publishing;

/// <summary>A publisher's place as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PublisherState))]
internal sealed partial class PublisherStateJsonContext : JsonSerializerContext
{
    public static byte[] Write(PublisherState state) => JsonSerializer.SerializeToUtf8Bytes(state, Default.PublisherState);

    /// <exception cref="JsonException">It is none.</exception>
    public static PublisherState? Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Default.PublisherState);
}
