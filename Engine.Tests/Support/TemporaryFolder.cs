namespace Engine.Tests.Support;

/// <summary>A folder of its own for a test, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("engine-test-");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file in place and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Writes a file in place and returns its path.</summary>
    public string Write(string name, byte[] contents)
    {
        File.WriteAllBytes(PathOf(name), contents);
        return PathOf(name);
    }

    /// <summary>Puts a finished file in the place of another, as careful editors do.</summary>
    public void Replace(string name, string text) => File.Move(Write(name + ".new", text), PathOf(name), overwrite: true);

    public void Dispose() => _folder.Delete(recursive: true);
}
