using System.Runtime.CompilerServices;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// What a thread that publishes on buses keeps: the contexts of the events it is handling, one per level of nesting, used
/// again and again, and its cells of the counters. Only its own thread touches it.
/// </summary>
internal sealed class BusThread : ThreadCells
{
    [ThreadStatic]
    private static BusThread? t_current;

    private Level[] _levels = [new Level(), new Level()];
    private AsyncFlow? _flow;
    private int _depth;

    private BusThread() => Outermost = _levels[0].Context;

    /// <summary>The calling thread's.</summary>
    public static new BusThread Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_current ?? Register();
    }

    /// <summary>The handlers this thread is inside of.</summary>
    public HandlerScope Scope { get; } = HandlerScope.Current;

    /// <summary>This thread's cells of the counters: part of this object, because each look for them would count.</summary>
    public ThreadCells Cells => this;

    /// <summary>
    /// The event this thread is handling; null outside of handlers. An asynchronous handler may be resumed inside another
    /// handler, by whatever it waited for: then its own event is the innermost.
    /// </summary>
    public EventContext? Innermost
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            AsyncFlow? flow = AsyncFlow.Current;
            if (_flow != flow)
                _flow = flow;
            if (_depth == 0)
                return flow?.Context;
            ref readonly Level top = ref _levels[_depth - 1];
            return flow is null || flow == top.Flow ? top.Context : flow.Context ?? top.Context;
        }
    }

    /// <summary>
    /// Takes the context of the next level of nesting, directly after a look at <see cref="Innermost"/>. Give it back with
    /// <see cref="Pop"/>.
    /// </summary>
    public EventContext Push()
    {
        int depth = _depth;
        Level[] levels = _levels;
        if ((uint)depth >= (uint)levels.Length)
            levels = Grow();
        // It is null already, and nearly always stays so.
        if (_flow is not null)
            levels[depth].Flow = _flow;
        _depth = depth + 1;
        return levels[depth].Context;
    }

    public void Pop()
    {
        int depth = --_depth;
        ref Level level = ref _levels[depth];
        if (level.Flow is not null)
            level.Flow = null;
    }

    /// <summary>The context of an event that this thread publishes outside of handlers.</summary>
    public EventContext Outermost { get; }

    /// <summary>
    /// Enters a handler if the thread is in no other of a bus: <see cref="HandlerScope.Enter"/> and <see cref="Push"/> in one, with
    /// known values instead of counts, so that a publish need not wait for what the one before it stored.
    /// </summary>
    /// <param name="number">The subscription's number in handler scopes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnterOutermost(long number)
    {
        if (_depth != 0 || (AsyncFlow.IsUsed && AsyncFlow.Current is not null))
            return false;
        Scope.EnterAside(number);
        _depth = 1;
        return true;
    }

    /// <summary>Leaves the handler that <see cref="TryEnterOutermost"/> has entered.</summary>
    /// <returns>What became of the event.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome LeaveOutermost()
    {
        _depth = 0;
        Scope.ExitAside();
        return Outermost.Outcome;
    }

    /// <summary>Puts a context that is not this thread's own on top. Give it back with <see cref="Leave"/>.</summary>
    /// <returns>What stood there, for <see cref="Leave"/>.</returns>
    public EventContext Enter(EventContext context)
    {
        _flow = AsyncFlow.Current;
        EventContext own = Push();
        _levels[_depth - 1].Context = context;
        return own;
    }

    /// <summary>Takes the context off that was put on by <see cref="Enter"/>.</summary>
    /// <param name="own">What <see cref="Enter"/> returned.</param>
    public void Leave(EventContext own)
    {
        Pop();
        _levels[_depth].Context = own;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Level[] Grow()
    {
        int used = _levels.Length;
        Array.Resize(ref _levels, 2 * used);
        for (int i = used; i < _levels.Length; i++)
            _levels[i] = new Level();
        return _levels;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static BusThread Register() => t_current = new BusThread();

    // A struct, because storing into an array of references is checked for the type each time.
    private struct Level
    {
        public EventContext Context = new();

        /// <summary>The flow in which the context was put on.</summary>
        public AsyncFlow? Flow;

        public Level()
        {
        }
    }
}
