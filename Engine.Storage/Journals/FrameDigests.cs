using System.Security.Cryptography;

namespace Engine.Storage.Journals;

/// <summary>
/// The SHA-256 of each frame of a row, and from them those of groups: so few bytes for many frames, and a change is still found within
/// a group. Not thread-safe.
/// </summary>
internal sealed class FrameDigests : IDisposable
{
    /// <summary>Frames of a group, but for the last one.</summary>
    public const int GroupFrames = 256;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> _frames = [];
    private readonly List<string> _groups = [];

    /// <summary>Frames taken.</summary>
    public long Count { get; private set; }

    /// <summary>A piece of the next frame.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The frame is whole.</summary>
    public void EndFrame()
    {
        Count++;
        _frames.Add(_hash.GetHashAndReset());
        if (_frames.Count == GroupFrames)
            EndGroup();
    }

    /// <summary>The digests of the groups, that of the last one included, which may be smaller.</summary>
    public IReadOnlyList<string> End()
    {
        if (_frames.Count > 0)
            EndGroup();
        return _groups;
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>The digest of a group.</summary>
    public static string Of(IEnumerable<byte[]> frames) => Convert.ToHexStringLower(SHA256.HashData([.. frames.SelectMany(static f => f)]));

    private void EndGroup()
    {
        _groups.Add(Of(_frames));
        _frames.Clear();
    }
}
