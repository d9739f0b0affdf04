using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;

namespace Engine.Bus.Configuration;

/// <summary>A file of settings as a part of a configuration.</summary>
/// <param name="path">The file; a relative path is resolved as the builder's other files are.</param>
/// <param name="format">What is in it.</param>
/// <param name="isOptional">Whether the file may be missing.</param>
/// <param name="reloadOnChange">Whether the file is watched.</param>
internal sealed class SettingsFileSource(string path, SettingsFormat format, bool isOptional, bool reloadOnChange) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        if (!Path.IsPathRooted(path))
            return new SettingsFileProvider(builder.GetFileProvider(), ownsFiles: false, path, format, isOptional, reloadOnChange);

        // The folder may come later than the configuration: watching starts from the nearest one that is there.
        string root = Path.GetDirectoryName(path) ?? path;
        while (!Directory.Exists(root) && Path.GetDirectoryName(root) is { } parent)
            root = parent;
        var files = new PhysicalFileProvider(root, ExclusionFilters.None);
        return new SettingsFileProvider(files, ownsFiles: true, Path.GetRelativePath(root, path), format, isOptional, reloadOnChange);
    }
}
