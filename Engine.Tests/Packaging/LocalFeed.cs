using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Engine.Tests.Support;

namespace Engine.Tests.Packaging;

/// <summary>The packages of this checkout, packed into a folder, and projects that use them.</summary>
internal sealed class LocalFeed : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Packages => _folder.PathOf("feed");

    public void Dispose() => _folder.Dispose();

    /// <summary>Packs a project of the repository.</summary>
    public void Pack(string project)
    {
        string path = Path.Combine(RepositoryRoot(), project, $"{project}.csproj");
        // Beside the checkout's own output, which other tests run from.
        Run(Path.GetDirectoryName(path)!, "pack", path, "-c", "Release", "--artifacts-path", _folder.PathOf("artifacts"), "-o", Packages);
    }

    /// <summary>The description of a package.</summary>
    public PackageDescription DescriptionOf(string id)
    {
        string file = Directory.GetFiles(Packages, $"{id}.*.nupkg").Single(
            file => char.IsDigit(Path.GetFileName(file)[id.Length + 1]));
        using ZipArchive archive = ZipFile.OpenRead(file);
        using Stream stream = archive.GetEntry($"{id}.nuspec")!.Open();
        return new PackageDescription(
            XDocument.Load(stream), [.. archive.Entries.Select(static entry => entry.FullName)],
            File.Exists(Path.ChangeExtension(file, ".snupkg")));
    }

    /// <summary>Makes a project that uses packages of the feed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="properties">Properties of the project, as XML.</param>
    /// <param name="program">Its Program.cs.</param>
    /// <param name="packages">The packages.</param>
    /// <returns>Its folder.</returns>
    public string MakeProject(string name, string properties, string program, params string[] packages)
    {
        string folder = Directory.CreateDirectory(_folder.PathOf(name)).FullName;
        IEnumerable<string> references = packages.Select(
            id => $"""<PackageReference Include="{id}" Version="{DescriptionOf(id).Value("version")}" />""");
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>{_folder.PathOf("restored")}</RestorePackagesPath>
                <RestoreAdditionalProjectSources>{Packages}</RestoreAdditionalProjectSources>
                <RestoreFallbackFolders>{KnownPackages}</RestoreFallbackFolders>
                {properties}
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        return folder;
    }

    /// <summary>Runs a command of the SDK and returns what it printed; it must succeed.</summary>
    public static string Run(string folder, params string[] arguments) => RunProgram(folder, "dotnet", arguments);

    /// <summary>Runs a program and returns what it printed; it must succeed.</summary>
    public static string RunProgram(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Those of the tests' own build are not the projects'.
        foreach (string name in start.Environment.Keys.ToArray())
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
                start.Environment.Remove(name);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}\n{error.Result}");
        return output;
    }

    private static string KnownPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string RepositoryRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}

/// <summary>What a package says of itself.</summary>
/// <param name="Document">The description.</param>
/// <param name="Files">What is in it.</param>
/// <param name="HasSymbols">Whether a package of symbols lies beside it.</param>
internal sealed record PackageDescription(XDocument Document, IReadOnlyList<string> Files, bool HasSymbols)
{
    /// <summary>The ids of the packages that it needs.</summary>
    public IEnumerable<string> Dependencies => Named("dependency").Select(static element => element.Attribute("id")!.Value);

    /// <summary>The commit that it was made from.</summary>
    public string? Commit => Named("repository").Single().Attribute("commit")?.Value;

    /// <summary>The text of an element.</summary>
    public string Value(string name) => Named(name).First().Value;

    private IEnumerable<XElement> Named(string name) => Document.Descendants().Where(element => element.Name.LocalName == name);
}
