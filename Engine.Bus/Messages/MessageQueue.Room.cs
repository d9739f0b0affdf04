using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Bus.Messages;

/// <summary>
/// Publishers that wait for a place without a thread. They look for one and join the list in one section of the lock, and places are
/// given back under it, so that none is missed. Each place that is given back calls one of them, who looks again.
/// </summary>
internal sealed partial class MessageQueue
{
    private readonly LinkedList<TaskCompletionSource> _publishers = [];

    /// <summary>Takes what <see cref="MessageSubscriptionOptions.OnOverflow"/> threw when its publisher was gone.</summary>
    public Action<EventContext, Exception>? OnError { get; set; }

    private bool MayWaitWithoutThread(EventContext context) =>
        context.Waits is not null && _options.OverflowPolicy == OverflowPolicy.Wait && !context.IsFromHandler && !_sequencer.IsClosed;

    /// <summary>Takes over an event as soon as there is a place.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first; the event counts as rejected.</exception>
    public async Task<PublishOutcome> AcceptWhenRoomAsync(MessageEntry entry, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = _options.StallTimeout == Timeout.InfiniteTimeSpan
            ? new CancellationTokenSource()
            : new CancellationTokenSource(_options.StallTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Interlocked.Increment(ref _waitingPublishers);
        ClaimOutcome claim;
        try
        {
            while (JoinUnlessAccepted(entry, out claim) is { } turn)
                await WaitForTurnAsync(turn, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _sequencer.CountRefused(1);
            claim = ClaimOutcome.Rejected;
        }
        finally
        {
            Interlocked.Decrement(ref _waitingPublishers);
        }

        if (claim == ClaimOutcome.Claimed)
            return PublishOutcome.Published;
        PublishOutcome outcome = OutcomeOf(claim, isFromHandler: false);
        GiveUp(entry, outcome);
        cancellationToken.ThrowIfCancellationRequested();
        return outcome;
    }

    /// <returns>What to wait for; null if the event was accepted, or will not be.</returns>
    private TaskCompletionSource? JoinUnlessAccepted(MessageEntry entry, out ClaimOutcome claim)
    {
        using (EnterLock())
        {
            int granted = _sequencer.TryClaimOne(out long position);
            claim = granted switch
            {
                > 0 => ClaimOutcome.Claimed,
                0 => ClaimOutcome.Rejected,
                _ => ClaimOutcome.Closed,
            };
            if (granted == 0)
                return _publishers.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Value;
            if (granted > 0)
            {
                Put(entry, position);
                WakeNext();
            }

            return null;
        }
    }

    private async Task WaitForTurnAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        try
        {
            await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            using (EnterLock())
            {
                // Called, and gone: the place is another's.
                if (!_publishers.Remove(turn) && _publishers.Count > 0)
                    WakePublisher();
            }

            throw;
        }
    }

    private void WakePublisher()
    {
        TaskCompletionSource first = _publishers.First!.Value;
        _publishers.RemoveFirst();
        first.SetResult();
    }

    private void GiveUp(MessageEntry entry, PublishOutcome outcome)
    {
        entry.ClearPayload();
        try
        {
            _options.OnOverflow?.Invoke(entry.EventType, entry.Context.Id, outcome);
        }
        catch (Exception exception)
        {
            OnError?.Invoke(entry.Context, exception);
        }
    }
}

/// <summary>An event that waits for room in a message subscription.</summary>
internal sealed class MessageRoomWait(MessageQueue queue, MessageEntry entry) : IRoomWait
{
    public Task<PublishOutcome> WaitAsync(CancellationToken cancellationToken) => queue.AcceptWhenRoomAsync(entry, cancellationToken);
}
