using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>The formats that settings are written in.</summary>
internal enum SettingsFormat
{
    /// <summary>JSON, with comments and trailing commas.</summary>
    Json,

    /// <summary>YAML: mappings, lists and scalars of one document.</summary>
    Yaml,
}

/// <summary>Turns text into the flat keys and values of a configuration.</summary>
internal static class SettingsFormats
{
    /// <summary>Levels of nesting that are allowed.</summary>
    public const int MaxDepth = 32;

    /// <summary>The format that the ending of a file's name tells.</summary>
    public static SettingsFormat OfFile(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSON" => SettingsFormat.Json,
        ".YAML" or ".YML" => SettingsFormat.Yaml,
        _ => throw new ArgumentException(
            $"Settings must be in a file that ends in .json, .yaml or .yml; this one is \"{path}\".", nameof(path)),
    };

    /// <summary>Reads text. Keys are paths, as <c>EventBus:Batch:Size</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="format">Its format.</param>
    /// <param name="source">Where it comes from, for errors.</param>
    /// <exception cref="SettingsFormatException">It cannot be understood, or is too long.</exception>
    public static ParsedSettings Parse(string text, SettingsFormat format, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > SettingsText.MaxBytes)
            throw new SettingsFormatException(source, $"it has {text.Length} characters, and settings may have {SettingsText.MaxBytes}");
        if (string.IsNullOrWhiteSpace(text))
            throw new SettingsFormatException(source, "it is empty");
        SettingsText.CheckUtf16(text, source);
        return format == SettingsFormat.Json ? JsonSettings.Parse(text, source) : YamlSettings.Parse(text, source);
    }

    internal static string Join(string parent, string key) => parent.Length == 0 ? key : ConfigurationPath.Combine(parent, key);
}
