using System.Runtime.CompilerServices;

namespace Engine.Bus.Messages;

/// <summary>
/// Takes messages and calls a handler, one after the other. The handler runs in a flow whose event is the message's, so what
/// it publishes, on whatever thread, knows its cause and its depth.
/// </summary>
internal sealed class MessageRunner(MessageQueue queue, MessageCall handler) : FlowRunner(queue)
{
    // The message's own context is used again once it is settled, which its handler may do before it ends.
    private readonly EventContext _context = new();
    private readonly ConsumerWaiter _waiter = new(queue);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected override async ValueTask<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!Queue.TryTake(_context, out EventMessage message))
            return await Queue.WaitAsync(_waiter, long.MaxValue, cancellationToken).ConfigureAwait(false);
        Flow.Context = _context;
        try
        {
            await handler(message, _context, cancellationToken).ConfigureAwait(false);
            message.Ack();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            message.Release();
        }
        catch (Exception exception)
        {
            message.Nack(exception);
        }

        return true;
    }
}
