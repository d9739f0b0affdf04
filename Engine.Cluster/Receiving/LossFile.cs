using Engine.Cluster.Contracts;

namespace Engine.Cluster.Receiving;

/// <summary>
/// The frames of a journal that nobody will have any more, as its host has told: a line each, synchronized before the hub goes on
/// behind them. Used by one thread.
/// </summary>
internal sealed class LossFile
{
    public const string Name = "cluster.losses";

    private readonly string _path;
    private readonly List<FrameRangeLoss> _losses = [];

    /// <summary>Reads it. A line that was being written when the hub was killed is cut off.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public LossFile(string directory)
    {
        _path = Path.Combine(directory, Name);
        if (!File.Exists(_path))
            return;
        long good = 0;
        using var file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', (int)good)) >= 0; good = end + 1)
        {
            if (ClusterJsonContext.ReadLoss(bytes.AsSpan((int)good, end - (int)good)) is { } loss)
                _losses.Add(loss);
        }

        file.SetLength(good);
    }

    /// <summary>In the order of the frames.</summary>
    public IReadOnlyList<FrameRangeLoss> Losses => _losses;

    /// <summary>The last frame that was lost; 0 if none was.</summary>
    public long LastFrame => _losses.Count == 0 ? 0 : _losses[^1].To;

    /// <summary>Frames lost.</summary>
    public long Count => _losses.Sum(static loss => loss.Count);

    /// <summary>Adds one, durably.</summary>
    /// <exception cref="IOException">The disk has failed or is full.</exception>
    public void Add(FrameRangeLoss loss)
    {
        using (var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read))
        {
            file.Write([.. ClusterJsonContext.Write(loss), (byte)'\n']);
            file.Flush(flushToDisk: true);
        }

        _losses.Add(loss);
    }
}
