using System.Diagnostics.CodeAnalysis;
using Engine.Primitives;

namespace Engine.Subscriptions;

/// <summary>
/// The handlers a thread is inside of, so that an unsubscribe can wait for them. One per thread that has ever run one.
/// <code>
/// Runner     1. write the subscription into the scope
///            2. load its cancelled flag; set: leave without calling the handler
///            3. call the handler; clear the entry
///
/// Canceller  1. set the flag
///            2. process-wide barrier
///            3. wait until no other thread's scope holds the subscription
///
/// Fence      The runner's load (2) may be satisfied before its store (1) is visible (StoreLoad). The canceller's
///            barrier makes every runner either see the flag or be seen. Without it a handler could start after
///            Unsubscribe has returned. The runner pays two plain stores and a load per batch.
/// </code>
/// The model is <c>docs/design/models/handler_scope.pml</c>.
/// </summary>
internal sealed class HandlerScope
{
    private const int MaxDepth = 16;

    [ThreadStatic]
    private static HandlerScope? t_current;

    private static readonly Lock RegistrationLock = new();
    private static WeakReference<HandlerScope>[] s_scopes = [];

    // Written by the owning thread; read by cancellers.
    private readonly Entry[] _entries = new Entry[MaxDepth];
    private int _depth;
    private object? _waitingFor;
    private readonly ThreadStall _stall = ThreadStall.Current;

    private HandlerScope()
    {
    }

    /// <summary>The calling thread's scope.</summary>
    public static HandlerScope Current => t_current ?? Register();

    /// <summary>Enters a handler.</summary>
    /// <exception cref="InvalidOperationException">Handlers are nested too deeply, which only a publishing loop does.</exception>
    public void Enter(object subscription)
    {
        if (_depth == MaxDepth)
            ThrowTooDeep(subscription);
        Volatile.Write(ref _entries[_depth].Subscription, subscription);
        _depth++;
    }

    /// <summary>Enters the next handler in place of the innermost one.</summary>
    public void Replace(object subscription) => Volatile.Write(ref _entries[_depth - 1].Subscription, subscription);

    /// <summary>Leaves the innermost handler.</summary>
    public void Exit()
    {
        _depth--;
        Volatile.Write(ref _entries[_depth].Subscription, null);
    }

    /// <summary>Waits until no other thread is inside the handler of a subscription that has been cancelled.</summary>
    public static void WaitUntilLeft(object subscription)
    {
        Interlocked.MemoryBarrierProcessWide();
        HandlerScope? mine = t_current;
        WeakReference<HandlerScope>[] scopes;
        lock (RegistrationLock)
            scopes = s_scopes;
        foreach (WeakReference<HandlerScope> reference in scopes)
        {
            if (reference.TryGetTarget(out HandlerScope? scope) && scope != mine)
                scope.WaitUntilLeft(subscription, mine, scopes);
        }
    }

    /// <summary>
    /// Whether any thread is inside a handler that the predicate is true for. Of what was entered before the call nothing
    /// is missed if a process-wide barrier went before. A thread that replaces one such handler by another is seen.
    /// </summary>
    public static bool IsAnyInside(Predicate<object> isWanted)
    {
        WeakReference<HandlerScope>[] scopes;
        lock (RegistrationLock)
            scopes = s_scopes;
        foreach (WeakReference<HandlerScope> reference in scopes)
        {
            if (!reference.TryGetTarget(out HandlerScope? scope))
                continue;
            foreach (ref Entry entry in scope._entries.AsSpan())
            {
                if (Volatile.Read(ref entry.Subscription) is { } subscription && isWanted(subscription))
                    return true;
            }
        }

        return false;
    }

    private void WaitUntilLeft(object subscription, HandlerScope? mine, WeakReference<HandlerScope>[] scopes)
    {
        var spinner = new SpinWait();
        if (mine is not null)
            Volatile.Write(ref mine._waitingFor, subscription);
        while (Holds(subscription) && (mine is null || !WaitsFor(mine, scopes, scopes.Length)) && !WaitsForDispatcher)
            spinner.SpinOnce();
        if (mine is not null)
            Volatile.Write(ref mine._waitingFor, null);
    }

    /// <summary>Whether this thread is inside an inline handler that waits for what the calling dispatcher thread would have to free.</summary>
    private bool WaitsForDispatcher => DispatcherThread.IsCurrent && _stall.IsStalled;

    /// <summary>Whether this thread waits, directly or through others, for a handler that <paramref name="waiter"/> is inside of.</summary>
    private bool WaitsFor(HandlerScope waiter, WeakReference<HandlerScope>[] scopes, int hops)
    {
        object? awaited = Volatile.Read(ref _waitingFor);
        if (awaited is null || hops == 0)
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

    private bool Holds(object subscription)
    {
        foreach (ref Entry entry in _entries.AsSpan())
        {
            if (Volatile.Read(ref entry.Subscription) == subscription)
                return true;
        }

        return false;
    }

    [DoesNotReturn]
    private static void ThrowTooDeep(object subscription) => throw new InvalidOperationException(
        $"Handlers may be nested {MaxDepth} deep; the handler of {subscription} would be number {MaxDepth + 1}. " +
        "An inline handler probably publishes an event that leads back to itself.");

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

    private struct Entry
    {
        public object? Subscription;
    }
}
