using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Engine.Gateway.Events;

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
[JsonSerializable(typeof(MachineAccounts))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(string))]
public sealed partial class GatewayJsonContext : JsonSerializerContext
{
    /// <summary>How a type is written and read.</summary>
    /// <typeparam name="T">One of the types that the context has.</typeparam>
    /// <exception cref="NotSupportedException">The context does not have the type.</exception>
    public static JsonTypeInfo<T> Of<T>() =>
        Find(typeof(T)) as JsonTypeInfo<T> ?? throw new NotSupportedException($"{typeof(T)} is none of the gateway's own event types.");

    /// <summary>How a type is written and read; null if the context does not have it.</summary>
    /// <param name="type">The type.</param>
    internal static JsonTypeInfo? Find(Type type) => Default.GetTypeInfo(type);
}
