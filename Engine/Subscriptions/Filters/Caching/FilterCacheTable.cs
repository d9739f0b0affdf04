using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>
/// Verdicts by key, in a fixed number of slots, two of which are open to each key. Reading takes no lock; nothing
/// allocates. A slot is a sequence lock whose word also holds the verdict: bit 0 is set while it is written, bit 1 is the
/// verdict, the rest counts the writes; 0 is an empty slot.
/// <code>
/// Reader   1. load the word (acquire); empty or being written: miss
///          2. copy the key
///          3. read barrier
///          4. load the word again; changed: miss
///          5. compare the whole key; equal: the verdict of the word is the answer
///
/// Writer   1. load the word; being written: give up
///          2. set bit 0 with a compare-exchange; lost: give up
///          3. write barrier
///          4. store the key
///          5. store the word with the verdict, one write more, bit 0 clear (release)
///
/// Fences   Reader 3 keeps the copy (2) before the second load (4), writer 3 keeps bit 0 (2) before the key (4). They are
///          partners: a reader that copied any part of a new key sees bit 0 or a later word. Without either of them a
///          half-written key could pass as whole, on ARM64 in practice. Reader 1 and writer 5 are partners: who sees the
///          word sees the key, and what a key refers to.
/// </code>
/// The word has 62 bits of count, so that it does not come round while a reader sleeps. A reader never follows a
/// reference in a copied key before (4).
/// </summary>
internal sealed class FilterCacheTable<TKey>
    where TKey : notnull, IEquatable<TKey>
{
    public const int MinCapacity = 2;
    public const int MaxCapacity = 1 << 20;

    private const long WritingBit = 1;
    private const long VerdictBit = 2;
    private const int CountShift = 2;

    private readonly Slot[] _slots;
    private readonly int _shift;

    public FilterCacheTable(int capacity)
    {
        if (capacity is < MinCapacity or > MaxCapacity || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacity), capacity, $"The capacity of a filter cache must be a power of two from {MinCapacity} to {MaxCapacity}.");
        }

        _slots = new Slot[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
    }

    public int Capacity => _slots.Length;

    /// <summary>Slots in use. Looks at each.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (ref Slot slot in _slots.AsSpan())
                count += Volatile.Read(ref slot.Word) >> CountShift != 0 ? 1 : 0;
            return count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(in TKey key, out bool verdict)
    {
        int index = IndexOf(key);
        return TryRead(ref _slots[index], key, out verdict) || TryRead(ref _slots[index ^ 1], key, out verdict);
    }

    /// <summary>Keeps a verdict, unless another thread is writing the slot.</summary>
    /// <returns>Whether another key had to go.</returns>
    public bool Add(in TKey key, bool verdict)
    {
        int index = IndexOf(key);
        ref Slot first = ref _slots[index];
        ref Slot second = ref _slots[index ^ 1];
        if (TryRead(ref first, key, out _) || TryRead(ref second, key, out _))
            return false;
        // The one written less often: an empty one, or else the one whose turn it is.
        ref Slot slot = ref first;
        if (Volatile.Read(ref second.Word) >> CountShift < Volatile.Read(ref first.Word) >> CountShift)
            slot = ref second;
        long word = Volatile.Read(ref slot.Word);
        if ((word & WritingBit) != 0 || Interlocked.CompareExchange(ref slot.Word, word | WritingBit, word) != word)
            return false;
        Volatile.WriteBarrier();
        slot.Key = key;
        Volatile.Write(ref slot.Word, (((word >> CountShift) + 1) << CountShift) | (verdict ? VerdictBit : 0));
        return word != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ref Slot slot, in TKey key, out bool verdict)
    {
        long word = Volatile.Read(ref slot.Word);
        verdict = (word & VerdictBit) != 0;
        if (word == 0 || (word & WritingBit) != 0)
            return false;
        TKey copy = slot.Key;
        Volatile.ReadBarrier();
        return Volatile.Read(ref slot.Word) == word && key.Equals(copy);
    }

    // Spreads hash codes that differ in low bits only, as those of numbers do.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(in TKey key) => (int)(((uint)key.GetHashCode() * 0x9E3779B97F4A7C15) >> _shift);

    private struct Slot
    {
        public long Word;
        public TKey Key;
    }
}
