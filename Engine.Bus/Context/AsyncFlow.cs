using System.Runtime.CompilerServices;

namespace Engine.Bus;

/// <summary>
/// Carries the context of the event that an asynchronous handler works on along with the handler, from thread to thread.
/// A unit of work has one for its whole life and calls its handler in an execution context that was captured once, so that
/// nothing is allocated per event. Threads see only the flow whose handler they are inside of.
/// </summary>
internal sealed class AsyncFlow
{
    private static readonly AsyncLocal<AsyncFlow?> Local = new();
    private static volatile bool s_isUsed;

    private readonly ExecutionContext _executionContext;
    private IFlowCall? _call;
    private ValueTask _result;

    /// <summary>To be made on a thread of the pool, outside of handlers: what is ambient there stays with the flow.</summary>
    public AsyncFlow()
    {
        s_isUsed = true;
        AsyncFlow? outer = Local.Value;
        Local.Value = this;
        _executionContext = ExecutionContext.Capture()
            ?? throw new InvalidOperationException(
                "A flow of asynchronous handlers cannot be made where the flow of execution contexts is suppressed.");
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

    /// <summary>Makes a call in the flow. What it throws at once is in the task.</summary>
    public ValueTask Run(IFlowCall call)
    {
        if (_call != call)
            _call = call;
        ExecutionContext.Run(_executionContext, static flow => ((AsyncFlow)flow!).Call(), this);
        ValueTask result = _result;
        _result = default;
        return result;
    }

#pragma warning disable CA2012 // The task is kept in a field between the callback and its caller, who consumes it once.
    private void Call()
    {
        try
        {
            _result = _call!.Call();
        }
        catch (Exception exception)
        {
            _result = ValueTask.FromException(exception);
        }
    }
#pragma warning restore CA2012
}

/// <summary>What is called in a flow.</summary>
internal interface IFlowCall
{
    /// <summary>Calls the handler.</summary>
    ValueTask Call();
}
