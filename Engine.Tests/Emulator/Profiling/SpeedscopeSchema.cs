using System.Text.Json;
using Json.Schema;

namespace Engine.Tests.Emulator.Profiling;

/// <summary>The schema of speedscope's file format, as its npm package 1.25.0 has it; its licence lies beside it.</summary>
internal static class SpeedscopeSchema
{
    private static readonly JsonSchema Schema = Read();

    /// <summary>Fails where a document is not what the schema says.</summary>
    public static void Check(JsonElement document) => Assert.That(
        Errors(document), Is.Empty, "the schema at https://www.speedscope.app/file-format-schema.json");

    /// <summary>What is wrong with a document.</summary>
    public static IReadOnlyList<string> Errors(JsonElement document)
    {
        EvaluationResults results = Schema.Evaluate(document, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid
            ? []
            : [
                .. results.Details.SelectMany(static detail => detail.Errors?.Values ?? Enumerable.Empty<string>())
                    .DefaultIfEmpty("invalid"),
            ];
    }

    private static JsonSchema Read()
    {
        using Stream file = typeof(SpeedscopeSchema).Assembly.GetManifestResourceStream("speedscope-schema.json")!;
        using var reader = new StreamReader(file);
        return JsonSchema.FromText(reader.ReadToEnd());
    }
}
