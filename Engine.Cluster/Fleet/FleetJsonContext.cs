using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Cluster.Contracts;

namespace Engine.Cluster.Fleet;

/// <summary>Snapshots, commands and their results as JSON. What is read is null if it is not that.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetSnapshot))]
[JsonSerializable(typeof(FleetCommand))]
[JsonSerializable(typeof(FleetResult))]
internal sealed partial class FleetJsonContext : JsonSerializerContext
{
    public static byte[] Write(FleetSnapshot fleet) => JsonSerializer.SerializeToUtf8Bytes(fleet, Default.FleetSnapshot);

    public static byte[] Write(FleetCommand command) => JsonSerializer.SerializeToUtf8Bytes(command, Default.FleetCommand);

    public static byte[] Write(FleetResult result) => JsonSerializer.SerializeToUtf8Bytes(result, Default.FleetResult);

    public static FleetSnapshot? ReadSnapshot(ReadOnlySpan<byte> json) => ClusterJsonContext.TryRead(json, Default.FleetSnapshot);

    public static FleetCommand? ReadCommand(ReadOnlySpan<byte> json) => ClusterJsonContext.TryRead(json, Default.FleetCommand);

    public static FleetResult? ReadResult(ReadOnlySpan<byte> json) => ClusterJsonContext.TryRead(json, Default.FleetResult);
}
