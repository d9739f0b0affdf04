using System.Runtime.CompilerServices;

namespace Engine.Bus;

/// <summary>
/// Carries the context of the event that an asynchronous handler works on along with the handler, from thread to thread.
/// A runner has one for its whole life and runs its handlers in an execution context that was captured once, so that
/// nothing is allocated per event. Threads see only the flow whose handler they are inside of.
/// </summary>
internal sealed class AsyncFlow
{
    private static readonly AsyncLocal<AsyncFlow?> Local = new();
    private static volatile bool s_isUsed;

    private readonly ExecutionContext _executionContext;

    /// <summary>To be made on a thread of the pool, outside of handlers: what is ambient there stays with the flow.</summary>
    public AsyncFlow()
    {
        s_isUsed = true;
        AsyncFlow? outer = Local.Value;
        Local.Value = this;
        _executionContext = ExecutionContext.Capture()
            ?? throw new InvalidOperationException("A flow of asynchronous handlers cannot be made where the flow of execution contexts is suppressed.");
        Local.Value = outer;
    }

    /// <summary>The flow of the asynchronous handler that the caller is inside of; null if there is none.</summary>
    public static AsyncFlow? Current => s_isUsed ? Local.Value : null;

    /// <summary>Whether there has been a flow in the process; while there has been none, nobody can be inside of one.</summary>
    public static bool IsUsed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => s_isUsed;
    }

    /// <summary>The event being handled. Written by the runner, before and after the handler.</summary>
    public EventContext? Context { get; set; }

    /// <summary>Runs a callback in the flow.</summary>
    public void Run(ContextCallback callback, object state) => ExecutionContext.Run(_executionContext, callback, state);
}
