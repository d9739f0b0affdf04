using Microsoft.Extensions.Configuration;

namespace Engine.Bus.Configuration;

/// <summary>
/// Files of settings in a configuration. Once read, the content of a file stays until the file is replaced by one that
/// can be read: one that is broken, half-written, empty or gone takes nothing away, and a
/// <see cref="BusConfigurationWatcher"/> that knows the configuration's root reports it.
/// </summary>
public static partial class EventBusConfiguration
{
    /// <summary>Adds a YAML file.</summary>
    /// <param name="builder">The configuration's builder.</param>
    /// <param name="path">The file; a relative path is resolved as the builder's other files are.</param>
    /// <param name="optional">Whether the file may be missing.</param>
    /// <param name="reloadOnChange">Whether the file is watched, and read again when it changes.</param>
    /// <exception cref="FileNotFoundException">The file is missing and not optional. Thrown when the configuration is built.</exception>
    /// <exception cref="SettingsFormatException">The text cannot be understood. Thrown when the configuration is built.</exception>
    public static IConfigurationBuilder AddYamlFile(
        this IConfigurationBuilder builder, string path, bool optional = false, bool reloadOnChange = false) =>
        Add(builder, path, SettingsFormat.Yaml, optional, reloadOnChange);

    /// <summary>
    /// Adds a file of JSON or YAML, told by the ending <c>.json</c>, <c>.yaml</c> or <c>.yml</c>; otherwise as
    /// <see cref="AddYamlFile"/>.
    /// </summary>
    /// <param name="builder">The configuration's builder.</param>
    /// <param name="path">The file; a relative path is resolved as the builder's other files are.</param>
    /// <param name="optional">Whether the file may be missing.</param>
    /// <param name="reloadOnChange">Whether the file is watched, and read again when it changes.</param>
    /// <exception cref="ArgumentException">The ending is another.</exception>
    public static IConfigurationBuilder AddSettingsFile(
        this IConfigurationBuilder builder, string path, bool optional = false, bool reloadOnChange = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Add(builder, path, SettingsFormats.OfFile(path), optional, reloadOnChange);
    }

    private static IConfigurationBuilder Add(
        IConfigurationBuilder builder, string path, SettingsFormat format, bool optional, bool reloadOnChange)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return builder.Add(new SettingsFileSource(path, format, optional, reloadOnChange));
    }
}
