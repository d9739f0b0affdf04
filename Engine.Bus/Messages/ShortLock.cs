using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Messages;

/// <summary>
/// A lock for sections of some tens of nanoseconds, at a third of the cost of <see cref="Lock"/>: one compare-exchange to enter, and a
/// store to leave. Who finds it held spins, yields, and then sleeps. Not re-entrant.
/// <code>
/// Holder     1. compare-exchange Held from 0 to 1
///            2. the section
///            3. store-release Held = 0
///            4. load the signal; raised: wake the sleeper
///
/// Waiter     1. raise the signal, process-wide barrier
///            2. load Held: 0, do not sleep
///            3. sleep until wakened, or a millisecond
///
/// Fence      The load in 4 may get ahead of the store in 3 (StoreLoad). The barrier is the waiter's to make, see
///            <see cref="WakeSignal"/>: either the holder sees the signal, or the waiter sees the lock free. Without it, a waiter would
///            sleep for the whole millisecond beside a free lock.
/// </code>
/// </summary>
internal sealed class ShortLock
{
    private readonly WakeSignal _signal = new();
    private PaddedInt32 _held;
    private int _ownerOfDebugBuild;

    /// <summary>Enters; the scope's disposal leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Scope Enter()
    {
        AssertNotHeld();
        if (Interlocked.CompareExchange(ref _held.Value, 1, 0) != 0)
            EnterWhenFree();
        NoteOwner(Environment.CurrentManagedThreadId);
        return new Scope(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Leave()
    {
        NoteOwner(0);
        Volatile.Write(ref _held.Value, 0);
        if (_signal.IsRaised)
            _signal.Wake();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterWhenFree()
    {
        var backOff = new RoomBackOff();
        do
            backOff.Wait(_signal, new FreeCheck(this));
        while (Volatile.Read(ref _held.Value) != 0 || Interlocked.CompareExchange(ref _held.Value, 1, 0) != 0);
    }

    [Conditional("DEBUG")]
    private void AssertNotHeld() =>
        Debug.Assert(Volatile.Read(ref _ownerOfDebugBuild) != Environment.CurrentManagedThreadId, "A thread enters once.");

    [Conditional("DEBUG")]
    private void NoteOwner(int thread) => Volatile.Write(ref _ownerOfDebugBuild, thread);

    /// <summary>The time inside.</summary>
    public readonly ref struct Scope(ShortLock owner)
    {
        /// <summary>Leaves.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => owner.Leave();
    }

    private readonly struct FreeCheck(ShortLock owner) : IProgressCheck
    {
        public bool HasProgress() => Volatile.Read(ref owner._held.Value) == 0;
    }
}
