using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Server.Events;

/// <summary>The JSON of the gateway's own event types: names in snake_case, nulls written out, times in UTC.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(NodeMetrics))]
[JsonSerializable(typeof(PipelineStatus))]
[JsonSerializable(typeof(PipelineProgress))]
[JsonSerializable(typeof(ContainerStatus))]
[JsonSerializable(typeof(ContainerMetrics))]
[JsonSerializable(typeof(SystemAlert))]
[JsonSerializable(typeof(SystemLog))]
[JsonSerializable(typeof(VmRates))]
[JsonSerializable(typeof(VmHotBlocks))]
[JsonSerializable(typeof(VmPageFaults))]
[JsonSerializable(typeof(VmConsole))]
[JsonSerializable(typeof(BusStatus))]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(string))]
public sealed partial class GatewayJson : JsonSerializerContext;
