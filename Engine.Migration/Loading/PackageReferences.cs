using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace Engine.Migration.Loading;

/// <summary>The assemblies of a project's packages, as the last restore wrote them down. Without a restore there are none.</summary>
internal static class PackageReferences
{
    public static IReadOnlyList<MetadataReference> Of(SourceProject project)
    {
        string path = Path.Combine(project.Folder, "obj", "project.assets.json");
        if (project.File is null || !File.Exists(path))
            return [];
        try
        {
            using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(path));
            return [.. Assemblies(assets.RootElement).Where(File.Exists).Select(static file => MetadataReference.CreateFromFile(file))];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or IOException
            or UnauthorizedAccessException or ArgumentException)
        {
            // A file that a restore did not finish: what it names is then missing, as before the restore.
            return [];
        }
    }

    private static IEnumerable<string> Assemblies(JsonElement assets)
    {
        string[] folders = [.. assets.GetProperty("packageFolders").EnumerateObject().Select(static folder => folder.Name)];
        JsonElement libraries = assets.GetProperty("libraries");
        JsonProperty target = assets.GetProperty("targets").EnumerateObject().FirstOrDefault();
        if (target.Value.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (JsonProperty package in target.Value.EnumerateObject())
        {
            if (!package.Value.TryGetProperty("compile", out JsonElement compile)
                || !libraries.GetProperty(package.Name).TryGetProperty("path", out JsonElement place))
                continue;
            foreach (JsonProperty file in compile.EnumerateObject()
                .Where(static file => file.Name.EndsWith(".dll", StringComparison.Ordinal)))
            {
                string[] found = [.. folders.Select(folder => Path.Combine(folder, place.GetString()!, file.Name)).Where(File.Exists)];
                if (found.Length > 0)
                    yield return found[0];
            }
        }
    }
}
