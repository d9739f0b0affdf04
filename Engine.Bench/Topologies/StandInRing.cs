using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bench.Topologies;

/// <summary>
/// Stands in for the ring of the Disruptor, whose package does not restore: its protocol, written from its public documentation
/// ("LMAX Disruptor User Guide", "Disruptor technical paper"), over the same slots as the engine's rings. It is not the
/// Disruptor, and its figures are not the Disruptor's.
/// <code>
/// One producer    next(n) compares with a cached gating sequence, and looks at the consumer's only where that has been reached.
///                 publish(hi) stores the cursor.
/// Many producers  next(n) is an atomic addition to the cursor. publish marks each slot with its lap in an array of flags; the
///                 consumer reads up to the first slot whose lap is not the expected one.
/// Consumer        waits for the cursor by its wait strategy, handles all that is there, and then stores its own sequence.
/// </code>
/// </summary>
/// <typeparam name="T">The event type, whose descriptor says the capacity.</typeparam>
internal sealed class StandInRing<T>
    where T : unmanaged, IEvent<T>
{
    private readonly RingBuffer<T> _slots = new(T.Descriptor.Capacity);
    private readonly StandInSequences _sequences = new();
    private readonly int[]? _laps;
    private readonly int _lapShift;

    public StandInRing(bool isMultiProducer)
    {
        if (!isMultiProducer)
            return;
        _laps = new int[_slots.Capacity];
        _laps.AsSpan().Fill(-1);
        _lapShift = BitOperations.Log2((uint)_slots.Capacity);
    }

    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _slots[sequence];
    }

    /// <summary>The sequence of the consumer: what it has handled.</summary>
    public long Gating
    {
        get => Volatile.Read(ref _sequences.Gating);
        set => Volatile.Write(ref _sequences.Gating, value);
    }

    /// <summary>Claims sequences; the last one is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next(int count)
    {
        if (_laps is not null)
            return NextOfMany(count);
        long next = _sequences.Next + count;
        if (next - _slots.Capacity > _sequences.CachedGating)
            WaitForRoom(next - _slots.Capacity);
        _sequences.Next = next;
        return next;
    }

    /// <summary>Makes claimed sequences visible.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long first, long last)
    {
        if (_laps is null)
        {
            Volatile.Write(ref _sequences.Cursor, last);
            return;
        }

        for (long sequence = first; sequence <= last; sequence++)
            Volatile.Write(ref _laps[sequence & (_laps.Length - 1)], (int)(sequence >> _lapShift));
    }

    /// <summary>The consumer's barrier: waits for a sequence, and returns the last one that is there with all before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long WaitFor<TWait>(long sequence, TWait wait)
        where TWait : struct, IStandInWait
    {
        long available;
        for (int tries = 0; (available = Volatile.Read(ref _sequences.Cursor)) < sequence; tries++)
            wait.Wait(tries);
        return _laps is null ? available : LastInRow(sequence, available);
    }

    private long NextOfMany(int count)
    {
        long next = Interlocked.Add(ref _sequences.Cursor, count);
        if (next - _slots.Capacity > Volatile.Read(ref _sequences.CachedGating))
            WaitForRoom(next - _slots.Capacity);
        return next;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForRoom(long wrapPoint)
    {
        var spinner = new SpinWait();
        long gating;
        while ((gating = Gating) < wrapPoint)
            spinner.SpinOnce(sleep1Threshold: -1);
        Volatile.Write(ref _sequences.CachedGating, gating);
    }

    private long LastInRow(long first, long cursor)
    {
        for (long sequence = first; sequence <= cursor; sequence++)
        {
            if (Volatile.Read(ref _laps![sequence & (_laps.Length - 1)]) != (int)(sequence >> _lapShift))
                return sequence - 1;
        }

        return cursor;
    }
}

/// <summary>Where the two sides are. Sequences count from 0; before the first event they are -1.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4 * CacheLine.Size)]
internal sealed class StandInSequences
{
    [FieldOffset(CacheLine.Size)]
    public long Cursor = -1;

    [FieldOffset(2 * CacheLine.Size)]
    public long Gating = -1;

    [FieldOffset(3 * CacheLine.Size)]
    public long Next = -1;

    [FieldOffset((3 * CacheLine.Size) + 8)]
    public long CachedGating = -1;
}

/// <summary>What the stand-in's consumer does between two looks at the cursor.</summary>
internal interface IStandInWait
{
    void Wait(int tries);
}

/// <summary>Looks again at once.</summary>
internal readonly struct StandInBusySpin : IStandInWait
{
    public void Wait(int tries) => Thread.SpinWait(1);
}

/// <summary>Looks again a hundred times, then lets other threads run between two looks.</summary>
internal readonly struct StandInYielding : IStandInWait
{
    private const int SpinTries = 100;

    public void Wait(int tries)
    {
        if (tries >= SpinTries)
            Thread.Yield();
    }
}
