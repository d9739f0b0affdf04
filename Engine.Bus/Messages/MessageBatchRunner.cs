namespace Engine.Bus.Messages;

/// <summary>Takes batches of messages and calls a handler, one after the other. The leases of a batch are renewed while it runs.</summary>
internal sealed class MessageBatchRunner(
    MessageQueue queue, Func<MessageBatch, CancellationToken, ValueTask> handler, int size, TimeSpan maxWait)
    : FlowRunner(queue)
{
    private readonly MessageBatchReader _reader = new(queue, size, maxWait);
    private readonly BatchCause _cause = new();

    protected override async ValueTask<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        MessageBatch? batch = null;
        try
        {
            batch = await _reader.ReadAsync(_cause, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (batch is null)
                _reader.GiveBack();
        }

        if (batch is null)
            return false;
        Flow.Context = _cause.Complete();
        try
        {
            await handler(batch, cancellationToken).ConfigureAwait(false);
            batch.AckAll();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            batch.ReleaseAll();
        }
        catch (Exception exception)
        {
            batch.NackAll(exception);
        }

        return true;
    }
}
