namespace Engine.Subscriptions.Filters.Caching;

/// <summary>
/// Decides whether a cache is used, from samples of what an event takes with it and without it. A window is
/// <see cref="SamplesPerWindow"/> of each; its means leave out the largest samples, which are those in which the thread
/// was interrupted. A cache that is in use goes out of use when it is slower; one out of use is tried again after a
/// while, longer each time, and has to be faster by a margin. One thread at a time, the one that
/// <see cref="TryEnter"/> let in; the state may be read by all.
/// </summary>
internal sealed class FilterCacheJudge
{
    public const int SamplesPerWindow = 32;

    /// <summary>Samples that a bypassed cache waits for the first new trial.</summary>
    public const int FirstRest = 1024;

    private const int LongestRest = 64 * FirstRest;
    private const int TrimmedSamples = 2;

    /// <summary>What a bypassed cache must take at most, as a share of the filter alone, to be used again.</summary>
    private const double ReturnShare = 0.8;

    private readonly TimeProvider _timeProvider;
    private readonly double _nanosecondsPerTick;
    private readonly long _clockTicks;
    private readonly int _warmUpWindows;
    private readonly long[] _cachedSamples = new long[SamplesPerWindow];
    private readonly long[] _directSamples = new long[SamplesPerWindow];
    private int _cachedCount;
    private int _directCount;
    private int _windowsToSkip;
    private int _rest = FirstRest;
    private int _rested;
    private bool _isReturning;
    private int _isBusy;
    private int _state;
    private double _cachedNanoseconds = double.NaN;
    private double _directNanoseconds = double.NaN;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="warmUpWindows">Windows that fill the cache before the first one that counts.</param>
    public FilterCacheJudge(TimeProvider timeProvider, int warmUpWindows)
    {
        _timeProvider = timeProvider;
        _nanosecondsPerTick = 1e9 / timeProvider.TimestampFrequency;
        _warmUpWindows = _windowsToSkip = warmUpWindows;
        _clockTicks = long.MaxValue;
        for (int i = 0; i < SamplesPerWindow; i++)
            _clockTicks = Math.Min(_clockTicks, -(timeProvider.GetTimestamp() - timeProvider.GetTimestamp()));
    }

    public FilterCacheState State => (FilterCacheState)Volatile.Read(ref _state);

    public double CachedNanoseconds => Volatile.Read(ref _cachedNanoseconds);

    public double DirectNanoseconds => Volatile.Read(ref _directNanoseconds);

    public long Now => _timeProvider.GetTimestamp();

    /// <summary>Lets one thread in to take a sample; never waits.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _isBusy, 1, 0) == 0;

    public void Exit() => Volatile.Write(ref _isBusy, 0);

    /// <summary>Whether there is something to measure. Counts the rest of a bypassed cache, and ends it.</summary>
    public bool WantsSample()
    {
        if (State != FilterCacheState.Bypassed)
            return true;
        if (++_rested < _rest)
            return false;
        _rested = 0;
        _isReturning = true;
        _windowsToSkip = _warmUpWindows;
        SetState(FilterCacheState.Measuring);
        return true;
    }

    /// <summary>Whether the next sample is to be of the filter alone.</summary>
    public bool NextIsDirect => _directCount < _cachedCount;

    public void Record(bool isDirect, long ticks)
    {
        ticks = Math.Max(0, ticks - _clockTicks);
        if (isDirect)
            _directSamples[_directCount++] = ticks;
        else
            _cachedSamples[_cachedCount++] = ticks;
        if (_directCount == SamplesPerWindow)
            EndWindow();
    }

    private void EndWindow()
    {
        _cachedCount = _directCount = 0;
        if (_windowsToSkip > 0)
        {
            _windowsToSkip--;
            return;
        }

        double cached = TrimmedMean(_cachedSamples);
        double direct = TrimmedMean(_directSamples);
        Volatile.Write(ref _cachedNanoseconds, cached);
        Volatile.Write(ref _directNanoseconds, direct);
        bool pays = cached <= direct * (_isReturning ? ReturnShare : 1);
        if (pays)
            _rest = FirstRest;
        else if (_isReturning)
            _rest = Math.Min(2 * _rest, LongestRest);
        _isReturning = false;
        SetState(pays ? FilterCacheState.Caching : FilterCacheState.Bypassed);
    }

    private double TrimmedMean(long[] samples)
    {
        Array.Sort(samples);
        long sum = 0;
        for (int i = 0; i < SamplesPerWindow - TrimmedSamples; i++)
            sum += samples[i];
        return sum * _nanosecondsPerTick / (SamplesPerWindow - TrimmedSamples);
    }

    private void SetState(FilterCacheState state) => Volatile.Write(ref _state, (int)state);
}
