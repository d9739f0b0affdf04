using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Engine.Cluster.Contracts;

/// <summary>What hosts and hubs tell each other, as JSON. What is read is null if it is not that.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(FrameRangeLoss))]
[JsonSerializable(typeof(HostHeartbeat))]
internal sealed partial class ClusterJsonContext : JsonSerializerContext
{
    public static byte[] Write(AuditReport report) => JsonSerializer.SerializeToUtf8Bytes(report, Default.AuditReport);

    public static byte[] Write(FrameRangeLoss loss) => JsonSerializer.SerializeToUtf8Bytes(loss, Default.FrameRangeLoss);

    public static byte[] Write(HostHeartbeat heartbeat) => JsonSerializer.SerializeToUtf8Bytes(heartbeat, Default.HostHeartbeat);

    public static AuditReport? ReadAudit(ReadOnlySpan<byte> json) => TryRead(json, Default.AuditReport);

    public static FrameRangeLoss? ReadLoss(ReadOnlySpan<byte> json) => TryRead(json, Default.FrameRangeLoss);

    public static HostHeartbeat? ReadHeartbeat(ReadOnlySpan<byte> json) => TryRead(json, Default.HostHeartbeat);

    /// <summary>Reads what came over a network; null if it is not that.</summary>
    public static T? TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
