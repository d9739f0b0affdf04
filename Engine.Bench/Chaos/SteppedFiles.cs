using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// The files of a journal on a real disk, which has the process killed at named steps (<see cref="ChaosSteps"/>) and is full from
/// time to time: then writes fail after a part of them, some times in a row.
/// </summary>
internal sealed class SteppedFiles(IJournalFiles inner, long fullEveryBytes) : IJournalFiles
{
    private const int FailuresInRow = 3;

    private readonly Lock _lock = new();
    private long _written;
    private int _failuresLeft;

    public string Directory => inner.Directory;

    public void MakeDirectory() => inner.MakeDirectory();

    public IDisposable Lock() => inner.Lock();

    public IReadOnlyList<string> Names() => inner.Names();

    public IJournalFile Create(string name, long capacity)
    {
        ChaosSteps.Reach("create-segment");
        IJournalFile file = inner.Create(name, capacity);
        ChaosSteps.Reach("segment-created");
        return new SteppedFile(this, file, name);
    }

    public IJournalFile Open(string name, bool writes) => new SteppedFile(this, inner.Open(name, writes), name);

    public void Delete(string name)
    {
        ChaosSteps.Reach("delete-segment");
        inner.Delete(name);
        ChaosSteps.Reach("segment-deleted");
    }

    public void Rename(string from, string to)
    {
        ChaosSteps.Reach("rename");
        inner.Rename(from, to);
        ChaosSteps.Reach("renamed");
    }

    public void SynchronizeNames()
    {
        ChaosSteps.Reach("synchronize-names");
        inner.SynchronizeNames();
    }

    private bool IsFull(int length)
    {
        lock (_lock)
        {
            if (fullEveryBytes == 0)
                return false;
            if (_failuresLeft > 0)
                return --_failuresLeft > 0;
            _written += length;
            if (_written < fullEveryBytes)
                return false;
            (_written, _failuresLeft) = (0, FailuresInRow);
            return true;
        }
    }

    private sealed class SteppedFile(SteppedFiles files, IJournalFile inner, string name) : IJournalFile
    {
        private readonly bool _isMark = name == JournalMark.Name;

        public long Length => inner.Length;

        public int Read(Span<byte> target, long offset) => inner.Read(target, offset);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offset)
        {
            ChaosSteps.Reach(_isMark ? "write-mark" : "write-frame");
            byte[] bytes = [.. pieces.SelectMany(static piece => piece.ToArray())];
            bool dies = !_isMark && ChaosSteps.IsNow("half-a-frame");
            if (dies || files.IsFull(bytes.Length))
            {
                inner.Write([bytes.AsMemory(0, bytes.Length / 2)], offset);
                if (dies)
                    ChaosSteps.Die();
                throw new IOException("No space left, says the chaos rig.");
            }

            inner.Write([bytes], offset);
            if (!_isMark)
                ChaosSteps.Reach("frame-written");
        }

        public void SetLength(long length)
        {
            ChaosSteps.Reach("cut");
            inner.SetLength(length);
        }

        public void Synchronize()
        {
            ChaosSteps.Reach(_isMark ? "synchronize-mark" : "synchronize");
            inner.Synchronize();
            if (!_isMark)
                ChaosSteps.Reach("synchronized");
        }

        public void Dispose() => inner.Dispose();
    }
}
