using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Storage.Facade;

/// <summary>Writes metrics as JSON without reflection.</summary>
[JsonSerializable(typeof(EventMetrics))]
internal sealed partial class EventMetricsJsonContext : JsonSerializerContext
{
    public static byte[] Write(EventMetrics metrics) => JsonSerializer.SerializeToUtf8Bytes(metrics, Default.EventMetrics);
}
