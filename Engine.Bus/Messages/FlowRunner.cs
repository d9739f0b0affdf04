namespace Engine.Bus.Messages;

/// <summary>What takes messages for a handler. A queue knows those that read it.</summary>
internal interface IMessageRunner
{
    /// <summary>Whether its handler runs, which may be longer than its message is in flight.</summary>
    bool IsHandling { get; }
}

/// <summary>Calls a handler again and again, in a flow of its own, until it is cancelled or the subscription ends.</summary>
internal abstract class FlowRunner(MessageQueue queue) : IFlowCall, IMessageRunner
{
    private CancellationToken _cancellationToken;

    public bool IsHandling => Flow.Context is not null;

    protected MessageQueue Queue { get; } = queue;

    protected AsyncFlow Flow { get; } = new();

    /// <summary>Runs until the token is cancelled or the subscription ends. To be called once, on a thread of the pool.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Queue.StopToken);
        _cancellationToken = either.Token;
        Queue.Add(this);
        try
        {
            await Flow.Run(this).ConfigureAwait(false);
        }
        finally
        {
            Queue.Remove(this);
        }
    }

    /// <summary>All the work is in the flow.</summary>
    ValueTask IFlowCall.Call() => new(WorkAsync());

    /// <summary>Takes what there is and handles it, or waits. Sets the flow's event, and has settled all when it returns.</summary>
    /// <returns>False when the subscription has ended.</returns>
    protected abstract ValueTask<bool> RunOnceAsync(CancellationToken cancellationToken);

    private async Task WorkAsync()
    {
        try
        {
            bool isOpen = true;
            while (isOpen)
            {
                Queue.CheckCancelled(_cancellationToken);
                isOpen = await RunOnceAsync(_cancellationToken).ConfigureAwait(false);
                Flow.Context = null;
            }
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            // The way to end the call.
        }
    }
}
