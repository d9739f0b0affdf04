namespace Engine.Bench.Storage;

/// <summary>A folder for a journal, gone with it.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("engine-bench-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "journal");

    public void Dispose() => _folder.Delete(recursive: true);
}
