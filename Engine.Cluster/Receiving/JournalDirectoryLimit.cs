namespace Engine.Cluster.Receiving;

/// <summary>Bounds how many journals of hosts a hub keeps, those on the disk included. Thread-safe.</summary>
internal sealed class JournalDirectoryLimit
{
    private readonly HashSet<(string Host, string Journal)> _known = [];
    private readonly Lock _lock = new();
    private readonly int _most;

    public JournalDirectoryLimit(string directory, int most)
    {
        _most = most;
        if (!Directory.Exists(directory))
            return;
        foreach (string host in Directory.EnumerateDirectories(directory))
        {
            foreach (string journal in Directory.EnumerateDirectories(host))
                _known.Add((Path.GetFileName(host), Path.GetFileName(journal)));
        }
    }

    public bool TryAdd(string host, string journal)
    {
        lock (_lock)
            return _known.Contains((host, journal)) || (_known.Count < _most && _known.Add((host, journal)));
    }
}
