using System.Runtime.CompilerServices;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// What a thread that publishes on buses keeps: the contexts of the events it is handling, one per level of nesting, used
/// again and again, and its slot in the counters. Only its own thread touches it.
/// </summary>
internal sealed class BusThread
{
    /// <summary>Slots of a counter.</summary>
    public const int SlotCount = 64;

    /// <summary>The slot of all threads that came when the others were taken.</summary>
    public const int SharedSlot = SlotCount - 1;

    [ThreadStatic]
    private static BusThread? t_current;

    private static readonly Lock SlotLock = new();
    private static readonly Stack<int> FreeSlots = new(Enumerable.Range(0, SharedSlot).Reverse());

    private EventContext[] _contexts = [new EventContext(), new EventContext()];

    // The flow in which each context was put on.
    private AsyncFlow?[] _flows = new AsyncFlow?[2];
    private AsyncFlow? _flow;
    private int _depth;

    private BusThread(int slot) => Slot = slot;

    ~BusThread()
    {
        if (Slot == SharedSlot)
            return;
        lock (SlotLock)
            FreeSlots.Push(Slot);
    }

    /// <summary>The calling thread's.</summary>
    public static BusThread Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_current ?? Register();
    }

    /// <summary>The handlers this thread is inside of.</summary>
    public HandlerScope Scope { get; } = HandlerScope.Current;

    /// <summary>The cell of a counter that this thread writes.</summary>
    public int Slot { get; }

    /// <summary>
    /// The event this thread is handling; null outside of handlers. An asynchronous handler may be resumed inside another
    /// handler, by whatever it waited for: then its own event is the innermost.
    /// </summary>
    public EventContext? Innermost
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            _flow = AsyncFlow.Current;
            if (_depth == 0)
                return _flow?.Context;
            EventContext top = _contexts[_depth - 1];
            return _flow is null || _flow == _flows[_depth - 1] ? top : _flow.Context ?? top;
        }
    }

    /// <summary>Takes the context of the next level of nesting, directly after a look at <see cref="Innermost"/>. Give it back with <see cref="Pop"/>.</summary>
    public EventContext Push()
    {
        if (_depth == _contexts.Length)
            Grow();
        _flows[_depth] = _flow;
        return _contexts[_depth++];
    }

    public void Pop() => _depth--;

    /// <summary>Puts a context that is not this thread's own on top. Give it back with <see cref="Leave"/>.</summary>
    /// <returns>What stood there, for <see cref="Leave"/>.</returns>
    public EventContext Enter(EventContext context)
    {
        _flow = AsyncFlow.Current;
        EventContext own = Push();
        _contexts[_depth - 1] = context;
        return own;
    }

    /// <summary>Takes the context off that was put on by <see cref="Enter"/>.</summary>
    /// <param name="own">What <see cref="Enter"/> returned.</param>
    public void Leave(EventContext own) => _contexts[--_depth] = own;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var contexts = new EventContext[2 * _contexts.Length];
        _contexts.CopyTo(contexts, 0);
        for (int i = _contexts.Length; i < contexts.Length; i++)
            contexts[i] = new EventContext();
        Array.Resize(ref _flows, contexts.Length);
        _contexts = contexts;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static BusThread Register()
    {
        lock (SlotLock)
            return t_current = new BusThread(FreeSlots.TryPop(out int slot) ? slot : SharedSlot);
    }
}
