using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Storage.DeadLetters;

/// <summary>Writes and reads lines of letters as JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(DeadLetterLine))]
internal sealed partial class DeadLetterLineJsonContext : JsonSerializerContext
{
    public static byte[] Write(DeadLetterLine line) => JsonSerializer.SerializeToUtf8Bytes(line, Default.DeadLetterLine);

    /// <exception cref="JsonException">It is no line of a letter.</exception>
    /// <exception cref="FormatException">It is a null.</exception>
    public static DeadLetterLine Read(string line) =>
        JsonSerializer.Deserialize(line, Default.DeadLetterLine) ?? throw new FormatException("The line is a null.");
}
