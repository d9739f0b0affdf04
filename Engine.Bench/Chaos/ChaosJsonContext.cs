using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Engine.Bench.Chaos;

/// <summary>How what victims store becomes JSON.</summary>
[JsonSerializable(typeof(ChaosEvent))]
[JsonSerializable(typeof(ChaosCounted))]
[JsonSerializable(typeof(ChaosSum))]
internal sealed partial class ChaosJsonContext : JsonSerializerContext
{
    public static JsonTypeInfo<ChaosEvent> Event => Default.ChaosEvent;

    public static JsonTypeInfo<ChaosCounted> Counted => Default.ChaosCounted;

    public static JsonTypeInfo<ChaosSum> Sum => Default.ChaosSum;
}
