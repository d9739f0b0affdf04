using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// Lets a thread sleep until another has made progress, at the price of one plain load for the one that makes it.
/// <code>
/// States     bit 0 Parked: a sleeper waits, or is about to. bit 1 Closed: sticky, set once by <see cref="Close"/>.
///            bit 2 Fenced: a sleep ended not long ago, and workers still look at the state with a full fence.
///
/// Worker     1. store-release its progress (a cursor)
///            2. load the state; 0: done                          (every time, no fence)
///            3. clear Parked, a full fence; whoever cleared it sets the flag; where it was clear already, clear Fenced
///
/// Sleeper    1. set Parked and Fenced, a full fence
///            2. process-wide barrier, unless Fenced was set before
///            3. look for progress again; found: clear Parked, do not sleep
///            4. wait for the flag, at most the given time; clear Parked
///
/// Fence      The worker's load (2) may be satisfied before its store (1) leaves the store buffer: the StoreLoad
///            reordering that x64 and ARM64 both allow. The barrier of sleeper step 2 interrupts every thread of
///            the process. A worker that was interrupted before its load sees Parked; one that was interrupted
///            after it has drained its store, so step 3 of the sleeper sees the progress. Without the barrier
///            both can miss each other, and the sleeper sleeps on an undelivered event.
///
/// Fenced     Since a barrier set with it, every worker's load gives a state that is not 0, so its step 3 comes between its
///            store and the end of its publish. That step and the sleeper's step 1 change one word, one after the other: the
///            worker's first, then the sleeper's look sees the store; the sleeper's first, then the worker sees Parked.
///            So events that come one at a time to a sleeper cost no barrier each. A worker that finds nobody
///            asleep is quicker than the sleeper, and gets its fast path back.
///
/// Cost       Worker: one load of a line that is written only around sleeps. Sleeper: some microseconds.
/// </code>
/// The model is <c>docs/design/models/wake_signal.pml</c>. Waking releases one sleeper; if several share a signal,
/// the rest find out when their timeout ends, so shared use needs a short one: there Fenced may be another's, whose barrier is
/// still to come.
/// </summary>
[DebuggerDisplay("parked {IsParked}, closed {IsClosed}")]
internal sealed class WakeSignal
{
    private const int Parked = 1;
    private const int Closed = 2;
    private const int Fenced = 4;

    private readonly SleepFlag _flag = new();

    // Written by the sleeper (park, unpark), by the worker that wakes it, and by Close.
    private PaddedInt32 _state;

    /// <summary>Whether anything but plain running is signalled: a sleeper to wake, one that slept not long ago, or the end.</summary>
    public bool IsRaised
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _state.Value) != 0;
    }

    /// <summary>Whether <see cref="Close"/> has been called.</summary>
    public bool IsClosed => (Volatile.Read(ref _state.Value) & Closed) != 0;

    /// <summary>Whether a sleeper waits or is about to.</summary>
    public bool IsParked => (Volatile.Read(ref _state.Value) & Parked) != 0;

    /// <summary>Wakes the sleeper, if there is one. Does not block. Safe from any thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Wake()
    {
        int before = Interlocked.And(ref _state.Value, ~Parked);
        if ((before & Parked) != 0)
            _flag.Set();
        else if ((before & Fenced) != 0)
            Interlocked.And(ref _state.Value, ~Fenced);
    }

    /// <summary>Wakes the thread that is in <see cref="Pause"/>, or makes the next pause or park end at once.</summary>
    public void Interrupt()
    {
        Interlocked.And(ref _state.Value, ~Parked);
        _flag.Set();
    }

    /// <summary>Raises the signal for good, so that each later look at it takes the slow path, and wakes the sleeper.</summary>
    public void Close()
    {
        Interlocked.Or(ref _state.Value, Closed);
        Interrupt();
    }

    /// <summary>
    /// Sleeps until woken or until the time is over, unless <paramref name="progress"/> already has something.
    /// Blocks; allocates nothing. May return early without cause.
    /// </summary>
    /// <typeparam name="TProgress">A struct, so that the check is inlined.</typeparam>
    /// <param name="progress">Looks for what the sleeper waits for.</param>
    /// <param name="timeout">The longest sleep, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public void Park<TProgress>(in TProgress progress, TimeSpan timeout)
        where TProgress : struct, IProgressCheck
    {
        if ((Interlocked.Or(ref _state.Value, Parked | Fenced) & Fenced) == 0)
            Interlocked.MemoryBarrierProcessWide();
        if (!progress.HasProgress())
            _flag.Wait(timeout);
        Interlocked.And(ref _state.Value, ~Parked);
    }

    /// <summary>
    /// Sleeps for a fixed time without asking to be woken by progress; only <see cref="Interrupt"/> and
    /// <see cref="Close"/> end it early.
    /// </summary>
    /// <param name="duration">How long.</param>
    public void Pause(TimeSpan duration) => _flag.Wait(duration);
}
