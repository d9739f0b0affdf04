using System.Numerics;

namespace Engine.Primitives;

/// <summary>
/// A histogram of durations with buckets of at most 1/16 relative width, in the manner of HdrHistogram
/// (https://hdrhistogram.org): 1 ns to about 18 minutes in 592 counters. One writer; readers on other threads
/// see each counter atomically. Recording takes a few nanoseconds and allocates nothing.
/// </summary>
internal sealed class DurationHistogram
{
    private const int SubBucketBits = 4;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int MaxExponent = 40;
    private const int BucketCount = (MaxExponent - SubBucketBits + 1) * SubBuckets;

    private readonly long[] _counts = new long[BucketCount];
    private long _maxNanoseconds;

    public void Record(long nanoseconds)
    {
        if (nanoseconds < 0)
            nanoseconds = 0;
        ref long count = ref _counts[IndexOf(nanoseconds)];
        Volatile.Write(ref count, count + 1);
        if (nanoseconds > _maxNanoseconds)
            Volatile.Write(ref _maxNanoseconds, nanoseconds);
    }

    /// <summary>Records where several threads may write at once. A histogram is written in this way only, or in the other only.</summary>
    public void RecordShared(long nanoseconds)
    {
        if (nanoseconds < 0)
            nanoseconds = 0;
        Interlocked.Increment(ref _counts[IndexOf(nanoseconds)]);
        long max = Volatile.Read(ref _maxNanoseconds);
        while (nanoseconds > max)
        {
            long seen = Interlocked.CompareExchange(ref _maxNanoseconds, nanoseconds, max);
            if (seen == max)
                return;
            max = seen;
        }
    }

    /// <summary>Adds this histogram's counters to <paramref name="target"/>, which has <see cref="CounterCount"/> elements.</summary>
    public void AddTo(Span<long> target, ref long maxNanoseconds)
    {
        for (int i = 0; i < BucketCount; i++)
            target[i] += Volatile.Read(ref _counts[i]);
        maxNanoseconds = Math.Max(maxNanoseconds, Volatile.Read(ref _maxNanoseconds));
    }

    public static int CounterCount => BucketCount;

    internal static int IndexOf(long nanoseconds)
    {
        if (nanoseconds < SubBuckets)
            return (int)nanoseconds;
        int exponent = BitOperations.Log2((ulong)nanoseconds);
        if (exponent >= MaxExponent)
            return BucketCount - 1;
        int shift = exponent - SubBucketBits;
        return ((shift + 1) << SubBucketBits) + (int)((nanoseconds >> shift) & (SubBuckets - 1));
    }

    /// <summary>The largest value that falls into a bucket.</summary>
    internal static long UpperBoundOf(int index)
    {
        if (index < SubBuckets)
            return index;
        int shift = (index >> SubBucketBits) - 1;
        long start = (long)(SubBuckets + (index & (SubBuckets - 1))) << shift;
        return start + (1L << shift) - 1;
    }
}
