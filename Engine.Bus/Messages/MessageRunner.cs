namespace Engine.Bus.Messages;

/// <summary>
/// Takes messages and calls a handler, one after the other. The handler runs in a flow whose event is the message's, so what
/// it publishes, on whatever thread, knows its cause and its depth.
/// </summary>
internal sealed class MessageRunner(MessageQueue queue, MessageAction handler) : IFlowCall
{
    private readonly AsyncFlow _flow = new();

    // The message's own context is used again once it is settled, which its handler may do before it ends.
    private readonly EventContext _context = new();
    private readonly ConsumerWaiter _waiter = new(queue);
    private CancellationToken _cancellationToken;

    /// <summary>Runs until the token is cancelled or the subscription ends. To be called once, on a thread of the pool.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        return _flow.Run(this).AsTask();
    }

    /// <summary>All the work is in the flow.</summary>
    ValueTask IFlowCall.Call() => new(WorkAsync());

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                queue.CheckCancelled(_cancellationToken);
                if (queue.TryTake(_context, out EventMessage message))
                    await HandleAsync(message).ConfigureAwait(false);
                else if (!await queue.WaitAsync(_waiter, long.MaxValue, _cancellationToken).ConfigureAwait(false))
                    return;
            }
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            // The way to end the call.
        }
    }

    private async ValueTask HandleAsync(EventMessage message)
    {
        _flow.Context = _context;
        try
        {
            await handler(message, _cancellationToken).ConfigureAwait(false);
            message.Ack();
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            message.Release();
        }
        catch (Exception exception)
        {
            message.Nack(exception);
        }
        finally
        {
            _flow.Context = null;
        }
    }
}
