using System.Threading.Tasks.Sources;

namespace Engine.Bus.Messages;

/// <summary>
/// A consumer that waits for something to take, used again for each wait. Who takes it out of the queue's list of
/// waiters, in the queue's lock, is the one that completes it. Continuations run on the pool, never in the lock.
/// </summary>
internal sealed class ConsumerWaiter(MessageQueue queue) : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    public MessageQueue Queue { get; } = queue;

    /// <summary>When the wait ends without anything to take, in timestamp ticks of the clock.</summary>
    public long Deadline { get; private set; }

    public ValueTask<bool> Task => new(this, _core.Version);

    public void Begin(long deadline)
    {
        _core.Reset();
        Deadline = deadline;
    }

    public void Complete(bool isOpen) => _core.SetResult(isOpen);

    public void Cancel(CancellationToken token) => _core.SetException(new OperationCanceledException(token));

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
