using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// Files in memory that lose what a disk may lose. Each operation counts; at one of them the power fails, and nothing is done any more.
/// What is there afterwards was synchronized, or is what chance left of the rest: single sectors of writes, in any order, some torn;
/// names made or not; cuts made or not. A directory's names need a synchronization of their own, as the standard says. Thread-safe.
/// </summary>
internal sealed class FakeDisk
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly Dictionary<string, FakeFile> _names = new(StringComparer.Ordinal);
    private readonly List<Action<Dictionary<string, FakeFile>>> _nameChanges = [];
    private Dictionary<string, FakeFile> _durableNames = new(StringComparer.Ordinal);
    private bool _isLocked;
    private int _boot;

    public FakeDisk(int seed) => _random = new Random(seed);

    /// <summary>Operations that change something, so far.</summary>
    public long OperationCount { get; private set; }

    /// <summary>At which operation the power fails.</summary>
    public long PowerFailsAt { get; set; } = long.MaxValue;

    /// <summary>Bytes that there is room for.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>One of so many writes fails after a part of it; 0 for none.</summary>
    public int WriteFailsOneIn { get; set; }

    /// <summary>One of so many synchronizations fails; 0 for none.</summary>
    public int SynchronizationFailsOneIn { get; set; }

    public bool IsPowered { get; private set; } = true;

    /// <summary>Whether a synchronization has failed since the power came: then nobody knows what is on the disk.</summary>
    public bool HasFailedSynchronization { get; private set; }

    /// <summary>Ends whoever uses it; what they have written stays, in the system's memory.</summary>
    public void KillUsers()
    {
        lock (_lock)
            Restart();
    }

    /// <summary>The power is gone, and comes again.</summary>
    public void LosePower()
    {
        lock (_lock)
        {
            // All of it, nothing of it, or any part of it.
            double share = _random.Next(4) switch { 0 => 0, 1 => 1, _ => _random.NextDouble() };
            foreach (Action<Dictionary<string, FakeFile>> change in _nameChanges)
            {
                if (_random.NextDouble() < share)
                    change(_durableNames);
            }

            _nameChanges.Clear();
            foreach (FakeFile file in _names.Values.Concat(_durableNames.Values).Distinct())
                file.LosePower(_random, share);
            _names.Clear();
            foreach ((string name, FakeFile file) in _durableNames)
                _names.Add(name, file);
            Restart();
        }
    }

    /// <summary>The files as one process sees them, until it is killed.</summary>
    public IJournalFiles Mount()
    {
        lock (_lock)
            return new Mounted(this, _boot);
    }

    private void Restart()
    {
        _boot++;
        _isLocked = false;
        IsPowered = true;
        HasFailedSynchronization = false;
        PowerFailsAt = long.MaxValue;
    }

    private void Change(Action<Dictionary<string, FakeFile>> change)
    {
        change(_names);
        _nameChanges.Add(change);
    }

    private long Used() => _names.Values.Sum(static file => file.Length);

    private void Operate(int boot)
    {
        if (boot != _boot)
            throw new MachineGoneException();
        if (++OperationCount >= PowerFailsAt)
            IsPowered = false;
        if (!IsPowered)
            throw new MachineGoneException();
    }

    private void Synchronizing(int boot)
    {
        Operate(boot);
        if (SynchronizationFailsOneIn == 0 || _random.Next(SynchronizationFailsOneIn) > 0)
            return;
        HasFailedSynchronization = true;
        throw new IOException("The fake disk's synchronization failed.");
    }

    private sealed class Mounted(FakeDisk disk, int boot) : IJournalFiles
    {
        public string Directory => "fake disk";

        public void MakeDirectory()
        {
        }

        public IDisposable Lock()
        {
            lock (disk._lock)
            {
                if (disk._isLocked)
                    throw new IOException("The fake disk is locked.");
                disk._isLocked = true;
                return new Unlocking(() =>
                {
                    lock (disk._lock)
                        disk._isLocked &= boot != disk._boot;
                });
            }
        }

        public IReadOnlyList<string> Names()
        {
            lock (disk._lock)
                return [.. disk._names.Keys];
        }

        public IJournalFile Create(string name, long capacity)
        {
            lock (disk._lock)
            {
                disk.Operate(boot);
                if (disk._names.ContainsKey(name))
                    throw new IOException($"{name} exists.");
                var file = new FakeFile();
                if (disk.Used() + capacity <= disk.Capacity)
                    file.SetLength(capacity);
                disk.Change(names => names[name] = file);
                return new OpenFile(disk, file, boot, writes: true);
            }
        }

        public IJournalFile Open(string name, bool writes)
        {
            lock (disk._lock)
            {
                return disk._names.TryGetValue(name, out FakeFile? file)
                    ? new OpenFile(disk, file, boot, writes)
                    : throw new FileNotFoundException(name);
            }
        }

        public void Delete(string name)
        {
            lock (disk._lock)
            {
                disk.Operate(boot);
                disk.Change(names => names.Remove(name));
            }
        }

        public void Rename(string from, string to)
        {
            lock (disk._lock)
            {
                disk.Operate(boot);
                FakeFile file = disk._names.TryGetValue(from, out FakeFile? found) ? found : throw new FileNotFoundException(from);
                disk.Change(names =>
                {
                    names.Remove(from);
                    names[to] = file;
                });
            }
        }

        public void SynchronizeNames()
        {
            lock (disk._lock)
            {
                disk.Synchronizing(boot);
                disk._durableNames = new Dictionary<string, FakeFile>(disk._names, StringComparer.Ordinal);
                disk._nameChanges.Clear();
            }
        }
    }

    private sealed class Unlocking(Action unlock) : IDisposable
    {
        public void Dispose() => unlock();
    }

    private sealed class OpenFile(FakeDisk disk, FakeFile file, int boot, bool writes) : IJournalFile
    {
        public long Length
        {
            get
            {
                lock (disk._lock)
                    return file.Length;
            }
        }

        public int Read(Span<byte> target, long offset)
        {
            lock (disk._lock)
                return file.Read(target, offset);
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offset)
        {
            byte[] bytes = [.. pieces.SelectMany(static piece => piece.ToArray())];
            lock (disk._lock)
            {
                Check();
                try
                {
                    disk.Operate(boot);
                }
                catch (MachineGoneException) when (boot == disk._boot && disk.OperationCount == disk.PowerFailsAt)
                {
                    // It fails in the middle of this one.
                    file.Write(bytes.AsSpan(0, disk._random.Next(bytes.Length + 1)), offset);
                    throw;
                }

                long grows = Math.Max(0, offset + bytes.Length - file.Length);
                bool fails = disk.WriteFailsOneIn > 0 && disk._random.Next(disk.WriteFailsOneIn) == 0;
                if (fails || disk.Used() + grows > disk.Capacity)
                {
                    int part = fails ? disk._random.Next(bytes.Length) : (int)Math.Max(0, bytes.Length - grows);
                    file.Write(bytes.AsSpan(0, part), offset);
                    throw new IOException("The fake disk is full.");
                }

                file.Write(bytes, offset);
            }
        }

        public void SetLength(long length)
        {
            lock (disk._lock)
            {
                Check();
                disk.Operate(boot);
                file.SetLength(length);
            }
        }

        public void Synchronize()
        {
            lock (disk._lock)
            {
                Check();
                disk.Synchronizing(boot);
                file.Synchronize();
            }
        }

        public void Dispose()
        {
        }

        private void Check()
        {
            if (!writes)
                throw new IOException("The file was opened for reading.");
        }
    }
}

/// <summary>Whoever gets this does not exist any more: there is no power, or the process was killed.</summary>
internal sealed class MachineGoneException() : Exception("The power is gone, or the process was killed.");
