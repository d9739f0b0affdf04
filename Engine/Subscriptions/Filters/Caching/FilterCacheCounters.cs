using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Primitives;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>
/// Counts without atomic operations: a thread with a slot of its own writes a cell of its own; the rest share the last
/// cell.
/// </summary>
internal sealed class FilterCacheCounters
{
    private readonly Cell?[] _cells = new Cell?[ThreadSlot.Count];

    /// <summary>The calling thread's cell.</summary>
    public Cell Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int slot = ThreadSlot.Current;
            return _cells[slot] ?? Add(slot);
        }
    }

    public Totals Read()
    {
        var totals = default(Totals);
        foreach (ref Cell? slot in _cells.AsSpan())
        {
            if (Volatile.Read(ref slot) is not { } cell)
                continue;
            totals.Hits += Volatile.Read(ref cell.Counts.Hits);
            totals.Direct += Volatile.Read(ref cell.Counts.Direct);
            totals.Evictions += Volatile.Read(ref cell.Counts.Evictions);
            totals.Misses += Volatile.Read(ref cell.Counts.Misses);
        }

        return totals;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Cell Add(int slot) =>
        Interlocked.CompareExchange(ref _cells[slot], new Cell(slot == ThreadSlot.Shared), null) ?? _cells[slot]!;

    internal struct Totals
    {
        public long Hits;
        public long Misses;
        public long Direct;
        public long Evictions;
    }

    /// <summary>The counts of one thread.</summary>
    internal sealed class Cell(bool isShared)
    {
        public PaddedCounts Counts;

        /// <summary>Counts a call and returns how many there have been.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long CountCall() => Count(ref Counts.Calls);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void CountHit() => Count(ref Counts.Hits);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void CountDirect() => Count(ref Counts.Direct);

        public void CountMiss() => Count(ref Counts.Misses);

        public void CountEviction() => Count(ref Counts.Evictions);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private long Count(ref long counter)
        {
            if (isShared)
                return Interlocked.Increment(ref counter);
            long next = counter + 1;
            Volatile.Write(ref counter, next);
            return next;
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 2 * CacheLine.Size)]
    internal struct PaddedCounts
    {
        [FieldOffset(CacheLine.Size)]
        public long Calls;

        [FieldOffset(CacheLine.Size + 8)]
        public long Direct;

        [FieldOffset(CacheLine.Size + 16)]
        public long Misses;

        [FieldOffset(CacheLine.Size + 24)]
        public long Evictions;

        [FieldOffset(CacheLine.Size + 32)]
        public long Hits;
    }
}
