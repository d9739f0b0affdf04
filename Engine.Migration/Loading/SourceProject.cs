using System.Xml;
using System.Xml.Linq;
using Engine.Tooling;

namespace Engine.Migration.Loading;

/// <summary>The sources of one project, or of a folder without a project file.</summary>
internal sealed class SourceProject
{
    private static readonly string[] ImplicitUsings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
            "System.Threading.Tasks"];

    private readonly XDocument? _xml;
    private readonly ICollection<Unread> _unread;

    /// <param name="file">The project file; null for a folder without one.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="unread">Gets the project file if it cannot be read; then only its name and folder are known.</param>
    public SourceProject(string? file, string folder, ICollection<Unread> unread)
    {
        File = file;
        Folder = folder;
        _unread = unread;
        if (file is null)
            return;
        try
        {
            _xml = Load(file);
        }
        catch (Exception error) when (error is XmlException or IOException or UnauthorizedAccessException)
        {
            unread.Add(Unread.Of(file, error));
        }
    }

    public string? File { get; }

    public string Folder { get; }

    public List<SourceFile> Files { get; } = [];

    /// <summary>The name of the assembly that is made of it.</summary>
    public string AssemblyName => Property("AssemblyName") ?? (File is null ? "Sources" : Path.GetFileNameWithoutExtension(File));

    /// <summary>The project files it refers to.</summary>
    public IEnumerable<string> ProjectReferences => Elements("ProjectReference")
        .Select(static element => element.Attribute("Include")?.Value)
        .OfType<string>()
        .Select(include => Path.GetFullPath(Path.Combine(Folder, include.Replace('\\', '/'))));

    /// <summary>The using directives that its build adds to each file, as source text.</summary>
    public string GlobalUsings
    {
        get
        {
            IEnumerable<string> names = HasImplicitUsings() ? ImplicitUsings : [];
            names = names.Concat(Elements("Using")
                .Where(static element => element.Attribute("Alias") is null && element.Attribute("Static") is null)
                .Select(static element => element.Attribute("Include")?.Value)
                .OfType<string>());
            return string.Concat(names.Select(static name => $"global using {name};\n"));
        }
    }

    private IEnumerable<XElement> Elements(string name) =>
        _xml?.Descendants().Where(element => element.Name.LocalName == name) ?? [];

    private string? Property(string name) =>
        Elements(name).FirstOrDefault()?.Value.Trim() is { Length: > 0 } value && !value.Contains('$') ? value : null;

    // Without a project file the usual ones are assumed: too many names in scope do less harm than too few.
    private bool HasImplicitUsings()
    {
        if (File is null)
            return true;
        if (Property("ImplicitUsings") is string own)
            return IsOn(own);
        for (DirectoryInfo? folder = new(Folder); folder is not null; folder = folder.Parent)
        {
            string properties = Path.Combine(folder.FullName, "Directory.Build.props");
            if (System.IO.File.Exists(properties))
                return IsOn(new SourceProject(properties, folder.FullName, _unread).Property("ImplicitUsings") ?? "");
        }

        return false;
    }

    // From a stream: a path would be taken for a URI, in which '%' and '#' mean something else.
    private static XDocument Load(string file)
    {
        if (FileKinds.Of(file) != FileKind.Regular)
            throw new IOException("it is no ordinary file");
        using FileStream stream = System.IO.File.OpenRead(file);
        return XDocument.Load(stream);
    }

    private static bool IsOn(string value) => value is "enable" or "true";
}
