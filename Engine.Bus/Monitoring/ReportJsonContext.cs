using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Bus.Monitoring;

/// <summary>Writes reports as JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    WriteIndented = true)]
[JsonSerializable(typeof(PerformanceReport))]
[JsonSerializable(typeof(DiagnosisReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext
{
    public static string Write(PerformanceReport report) => JsonSerializer.Serialize(report, Default.PerformanceReport);

    public static string Write(DiagnosisReport report) => JsonSerializer.Serialize(report, Default.DiagnosisReport);
}
