using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Dashboard.Api;

/// <summary>How what the endpoints of storage answer is written: names in snake_case, nulls written out.</summary>
internal static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
