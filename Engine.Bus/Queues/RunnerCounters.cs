using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>What one runner of a queue has done. Written by that runner only, read by anybody.</summary>
internal sealed class RunnerCounters
{
    private long _handed;
    private long _succeeded;
    private long _failed;
    private long _discarded;
    private long _handlerTicks;
    private int _inFlight;

    /// <summary>Events handed to the handler, each once.</summary>
    public long HandedCount => Volatile.Read(ref _handed);

    /// <summary>Events that the handler has handled.</summary>
    public long SucceededCount => Volatile.Read(ref _succeeded);

    /// <summary>Events that the handler has failed on for good.</summary>
    public long FailedCount => Volatile.Read(ref _failed);

    /// <summary>Events that were taken and not handled, because the subscription or the bus had ended.</summary>
    public long DiscardedCount => Volatile.Read(ref _discarded);

    /// <summary>Time spent in handlers, in timestamps of the bus's clock.</summary>
    public long HandlerTicks => Volatile.Read(ref _handlerTicks);

    /// <summary>Events taken from the queue and not yet finished.</summary>
    public ref int InFlight => ref _inFlight;

    /// <summary>Times from the call of the handler to its end.</summary>
    public DurationHistogram HandlerTimes { get; } = new();

    /// <summary>Times from publishing to the end of the handler.</summary>
    public DurationHistogram Latencies { get; } = new();

    public void CountHanded(int count) => Volatile.Write(ref _handed, _handed + count);

    public void CountSucceeded(int count) => Volatile.Write(ref _succeeded, _succeeded + count);

    public void CountFailed(int count) => Volatile.Write(ref _failed, _failed + count);

    public void CountDiscarded(int count) => Volatile.Write(ref _discarded, _discarded + count);

    public void AddHandlerTicks(long ticks) => Volatile.Write(ref _handlerTicks, _handlerTicks + ticks);
}
