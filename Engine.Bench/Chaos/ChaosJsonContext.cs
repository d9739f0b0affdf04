using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Engine.Bench.Chaos;

/// <summary>How a <see cref="ChaosEvent"/> becomes JSON.</summary>
[JsonSerializable(typeof(ChaosEvent))]
internal sealed partial class ChaosJsonContext : JsonSerializerContext
{
    public static JsonTypeInfo<ChaosEvent> Event => Default.ChaosEvent;
}
