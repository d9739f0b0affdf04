using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>
/// The handlers a thread is inside of, so that an unsubscribe can wait for them, and the thread's cells to count its calls
/// with. One per thread that has ever run one.
/// <code>
/// Runner     1. write the subscription's <see cref="HandlerNumber"/> into the scope
///            2. load its cancelled flag; set: leave without calling the handler
///            3. call the handler; clear the entry, or write the next subscription's number
///
/// Canceller  1. set the flag
///            2. process-wide barrier
///            3. wait until no other thread's scope holds the number
///
/// Fence      The runner's load (2) may be satisfied before its store (1) is visible (StoreLoad). The canceller's
///            barrier makes every runner either see the flag or be seen. Without it a handler could start after
///            Unsubscribe has returned. The runner pays two plain stores and a load per batch. A number instead of a
///            reference spares it the garbage collector's write barrier.
/// </code>
/// What the runner looks at in step 2 may be any load that tells whether the subscription is still in force: a flag, or a
/// reference that the canceller replaces before its barrier (a bus's direct calls). The model is
/// <c>docs/design/models/handler_scope.pml</c>.
/// </summary>
internal sealed class HandlerScope : ThreadCells
{
    private const int MaxDepth = 16;

    [ThreadStatic]
    private static HandlerScope? t_current;

    private static readonly Lock RegistrationLock = new();
    private static WeakReference<HandlerScope>[] s_scopes = [];

    // Written by the owning thread; read by cancellers.
    private Entries _entries;
    private int _depth;
    private long _waitingFor;
    private readonly ThreadStall _stall = ThreadStall.Current;

    /// <summary>Whether an inline handler has asked this thread to stop.</summary>
    public StopRequest Stop { get; } = StopRequest.Current;

    private HandlerScope()
    {
    }

    /// <summary>The calling thread's scope.</summary>
    public static new HandlerScope Current => t_current ?? Register();

    /// <summary>Enters a handler.</summary>
    /// <param name="number">The subscription's number.</param>
    /// <param name="subscription">The subscription, for the error.</param>
    /// <returns>The entry. Until <see cref="Exit"/>, a volatile write of another number to it enters that handler instead.</returns>
    /// <exception cref="InvalidOperationException">Handlers are nested too deeply, which only a publishing loop does.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref long Enter(long number, object subscription)
    {
        int depth = _depth;
        if ((uint)depth >= MaxDepth)
            ThrowTooDeep(subscription);
        ref long entry = ref _entries[depth];
        Volatile.Write(ref entry, number);
        _depth = depth + 1;
        return ref entry;
    }

    /// <summary>Leaves the innermost handler.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit() => Volatile.Write(ref _entries[--_depth], HandlerNumber.None);

    /// <summary>Enters a handler, as <see cref="Enter"/> does.</summary>
    /// <returns>For <see cref="ExitTo"/>, which need not look up again how deep the thread is.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="Enter"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int EnterAt(long number, object subscription)
    {
        int depth = _depth;
        if ((uint)depth >= MaxDepth)
            ThrowTooDeep(subscription);
        Volatile.Write(ref _entries[depth], number);
        _depth = depth + 1;
        return depth;
    }

    /// <summary>Leaves the handler that <see cref="EnterAt"/> has entered.</summary>
    /// <param name="depth">What it returned.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ExitTo(int depth)
    {
        _depth = depth;
        Volatile.Write(ref _entries[depth], HandlerNumber.None);
    }

    /// <summary>
    /// Enters a handler by the place that is set aside for one caller, who knows that it is free: a store, without a count of what
    /// is nested.
    /// </summary>
    /// <param name="number">The subscription's number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterAside(long number) => Volatile.Write(ref _entries[MaxDepth], number);

    /// <summary>Leaves the handler that <see cref="EnterAside"/> has entered.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ExitAside() => Volatile.Write(ref _entries[MaxDepth], HandlerNumber.None);

    /// <summary>Waits until no other thread is inside the handler of a subscription that has been cancelled.</summary>
    /// <param name="number">The subscription's number.</param>
    public static void WaitUntilLeft(long number)
    {
        Interlocked.MemoryBarrierProcessWide();
        HandlerScope? mine = t_current;
        WeakReference<HandlerScope>[] scopes;
        lock (RegistrationLock)
            scopes = s_scopes;
        foreach (WeakReference<HandlerScope> reference in scopes)
        {
            if (reference.TryGetTarget(out HandlerScope? scope) && scope != mine)
                scope.WaitUntilLeft(number, mine, scopes);
        }
    }

    /// <summary>
    /// Whether any thread is inside a handler of an owner's. Of what was entered before the call nothing is missed if a
    /// process-wide barrier went before. A thread that replaces one such handler by another is seen.
    /// </summary>
    /// <param name="owner">What <see cref="HandlerNumber.NextOwner"/> gave.</param>
    public static bool IsAnyInside(long owner)
    {
        WeakReference<HandlerScope>[] scopes;
        lock (RegistrationLock)
            scopes = s_scopes;
        foreach (WeakReference<HandlerScope> reference in scopes)
        {
            if (!reference.TryGetTarget(out HandlerScope? scope))
                continue;
            foreach (ref long entry in (Span<long>)scope._entries)
            {
                if (HandlerNumber.OwnerOf(Volatile.Read(ref entry)) == owner)
                    return true;
            }
        }

        return false;
    }

    /// <summary>How many threads are inside the handler of a subscription.</summary>
    /// <param name="number">The subscription's number.</param>
    public static int CountInside(long number)
    {
        WeakReference<HandlerScope>[] scopes;
        lock (RegistrationLock)
            scopes = s_scopes;
        return scopes.Count(reference => reference.TryGetTarget(out HandlerScope? scope) && scope.Holds(number));
    }

    private void WaitUntilLeft(long number, HandlerScope? mine, WeakReference<HandlerScope>[] scopes)
    {
        var spinner = new SpinWait();
        if (mine is not null)
            Volatile.Write(ref mine._waitingFor, number);
        while (Holds(number) && (mine is null || !WaitsFor(mine, scopes, scopes.Length)) && !WaitsForDispatcher)
            spinner.SpinOnce();
        if (mine is not null)
            Volatile.Write(ref mine._waitingFor, HandlerNumber.None);
    }

    /// <summary>
    /// Whether this thread is inside an inline handler that waits for what the calling dispatcher thread would have to
    /// free.
    /// </summary>
    private bool WaitsForDispatcher => DispatcherThread.IsCurrent && _stall.IsStalled;

    /// <summary>Whether this thread waits, directly or through others, for a handler that <paramref name="waiter"/> is inside of.</summary>
    private bool WaitsFor(HandlerScope waiter, WeakReference<HandlerScope>[] scopes, int hops)
    {
        long awaited = Volatile.Read(ref _waitingFor);
        if (awaited == HandlerNumber.None || hops == 0)
            return false;
        if (waiter.Holds(awaited))
            return true;
        foreach (WeakReference<HandlerScope> reference in scopes)
        {
            if (reference.TryGetTarget(out HandlerScope? scope) && scope != this && scope.Holds(awaited)
                && scope.WaitsFor(waiter, scopes, hops - 1))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(long number)
    {
        foreach (ref long entry in (Span<long>)_entries)
        {
            if (Volatile.Read(ref entry) == number)
                return true;
        }

        return false;
    }

    [DoesNotReturn]
    private static void ThrowTooDeep(object subscription) => throw new InvalidOperationException(
        $"Handlers may be nested {MaxDepth} deep; the handler of {subscription} would be number {MaxDepth + 1}. " +
        "An inline handler probably publishes an event that leads back to itself.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HandlerScope Register()
    {
        var scope = new HandlerScope();
        lock (RegistrationLock)
        {
            s_scopes = [.. s_scopes.Where(static reference => reference.TryGetTarget(out _)), new WeakReference<HandlerScope>(scope)];
        }

        t_current = scope;
        return scope;
    }

    // The last one is the place set aside.
    [InlineArray(MaxDepth + 1)]
    private struct Entries
    {
        private long _first;
    }
}
