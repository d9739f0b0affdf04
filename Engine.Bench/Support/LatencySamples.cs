namespace Engine.Bench.Support;

/// <summary>
/// Every latency of some runs, so that percentiles are exact. One thread records at a time; recording allocates nothing
/// while there is room.
/// </summary>
internal sealed class LatencySamples
{
    private long[] _nanoseconds = [];
    private bool _isSorted;

    public int Count { get; private set; }

    /// <summary>Makes room for more samples.</summary>
    public void Reserve(int more)
    {
        if (_nanoseconds.Length - Count < more)
            Array.Resize(ref _nanoseconds, Math.Max(Count + more, _nanoseconds.Length * 2));
    }

    public void Record(long nanoseconds)
    {
        if (Count == _nanoseconds.Length)
            Reserve(1);
        _nanoseconds[Count++] = nanoseconds;
        _isSorted = false;
    }

    /// <summary>All samples of several runs.</summary>
    public static LatencySamples Merge(IEnumerable<LatencySamples> runs)
    {
        long[] all = [.. runs.SelectMany(static run => run._nanoseconds.Take(run.Count))];
        return new LatencySamples { _nanoseconds = all, Count = all.Length };
    }

    /// <summary>The smallest latency that at least this fraction of the samples does not exceed.</summary>
    public long Percentile(double fraction)
    {
        if (Count == 0)
            throw new InvalidOperationException("A percentile needs at least one sample.");
        if (!_isSorted)
            Array.Sort(_nanoseconds, 0, Count);
        _isSorted = true;
        return _nanoseconds[Math.Clamp((int)Math.Ceiling(Count * fraction) - 1, 0, Count - 1)];
    }
}
