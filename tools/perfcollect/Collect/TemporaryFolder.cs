using Engine.Tooling;

namespace Engine.PerfCollect.Collect;

/// <summary>A folder of this capture alone, readable by its user alone, deleted with all it holds.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = TemporaryFolders.Create("perfcollect-");

    public string Path => _folder.FullName;

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Already deleted, by a second Ctrl+C.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Notices.Write($"{Path} cannot be deleted: {error.Message}");
        }
    }
}
