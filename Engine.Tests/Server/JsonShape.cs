using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engine.Tests.Server;

/// <summary>Compares JSON with a schema as OpenAPI 3.1 has it. Stricter than a schema: what it does not name must not be there.</summary>
internal static class JsonShape
{
    public static List<string> FindProblems(JsonNode? value, JsonNode schema, JsonNode document)
    {
        var problems = new List<string>();
        Compare(value, schema, document, "$", problems);
        return problems;
    }

    private static void Compare(JsonNode? value, JsonNode schema, JsonNode document, string at, List<string> problems)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            JsonNode? target = reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, static (node, name) => node?[name]);
            if (target is null)
                problems.Add($"{at}: {reference} is nowhere");
            else
                Compare(value, target, document, at, problems);
            return;
        }

        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
        {
            if (!choices.Any(choice => FindProblems(value, choice!, document).Count == 0))
                problems.Add($"{at}: none of {choices.Count} choices");
            return;
        }

        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(static one => (string)one!)],
            JsonValue one => [(string)one!],
            _ => [],
        };
        if (types.Length > 0 && !types.Any(type => IsOf(value, type)))
            problems.Add($"{at}: {value?.ToJsonString() ?? "null"} is not {string.Join(" or ", types)}");
        if (value is JsonObject fields && schema["properties"] is JsonObject named)
        {
            problems.AddRange(fields.Select(static field => field.Key).Except(named.Select(static one => one.Key))
                .Select(name => $"{at}.{name} is not described"));
            problems.AddRange(named.Select(static one => one.Key).Except(fields.Select(static field => field.Key))
                .Select(name => $"{at}.{name} is missing"));
            foreach ((string name, JsonNode? field) in fields)
            {
                if (named[name] is { } of)
                    Compare(field, of, document, $"{at}.{name}", problems);
            }
        }

        if (value is JsonArray items && schema["items"] is { } item)
        {
            for (int i = 0; i < items.Count; i++)
                Compare(items[i], item, document, $"{at}[{i}]", problems);
        }
    }

    private static bool IsOf(JsonNode? value, string type) => (value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        JsonValueKind.Null => type == "null",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Number => type == "number" || (type == "integer" && !value!.ToJsonString().Contains('.')),
        _ => false,
    };
}
