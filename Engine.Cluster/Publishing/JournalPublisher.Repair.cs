using Engine.Cluster.Contracts;
using Engine.Storage.Journals;

namespace Engine.Cluster.Publishing;

/// <content>Sending again what the hub has not.</content>
public sealed partial class JournalPublisher
{
    private const int MaxMisses = 3;

    /// <summary>Sends frames again that the hub has not; where they are gone, it is told so.</summary>
    private async Task ResendAsync(long from, long to, CancellationToken cancellationToken)
    {
        using var tail = new JournalTail(_options.Directory, from);
        var window = new Queue<FrameInFlight>();
        int misses = 0;
        try
        {
            while (tail.NextFrame <= to)
            {
                long expected = tail.NextFrame;
                bool isThere = tail.TryRead(out JournalFrame frame);
                // Not readable now is not lost: the mark may not be, or a segment is being deleted. The hub asks again.
                if (!isThere && tail.DurableFrame < to)
                    break;
                if (!isThere && ++misses < MaxMisses)
                {
                    tail.Seek(expected);
                    continue;
                }

                long number = isThere ? frame.Header.FrameNumber : to + 1;
                long repeat = NextRepeat();
                if (number > expected)
                {
                    FrameRangeLoss loss = LossOf(tail, expected, Math.Min(number - 1, to));
                    var notice = FrameInFlight.Of(loss);
                    window.Enqueue(notice);
                    notice.Ack = await _transport.BeginSendAsync(FrameWire.Of(_origin, loss, repeat), cancellationToken)
                        .ConfigureAwait(false);
                }

                if (!isThere || number > to)
                    break;
                FrameInFlight again = FrameInFlight.Of(frame, _transport.MaxMessageBytes);
                window.Enqueue(again);
                if (again.IsTooLarge)
                {
                    again.Ack = await _transport.BeginSendAsync(
                        FrameWire.Of(_origin, new FrameRangeLoss(number, number, FrameRangeLoss.TooLarge), repeat), cancellationToken)
                        .ConfigureAwait(false);
                }
                else
                {
                    await BeginFrameAsync(frame.Header, again, repeat, cancellationToken).ConfigureAwait(false);
                }

                while (window.Count >= _options.Window)
                    await SettleRepeatAsync(window, cancellationToken).ConfigureAwait(false);
            }

            while (window.Count > 0)
                await SettleRepeatAsync(window, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await AbandonAsync(window).ConfigureAwait(false);
        }
    }

    private async Task SettleRepeatAsync(Queue<FrameInFlight> window, CancellationToken cancellationToken)
    {
        FrameInFlight oldest = window.Peek();
        await oldest.Ack.WaitAsync(cancellationToken).ConfigureAwait(false);
        window.Dequeue();
        oldest.Return();
        lock (_lock)
        {
            _resent++;
            _sentBytes += oldest.Bytes;
        }
    }

    private long NextRepeat()
    {
        lock (_lock)
        {
            _state = _state with { Repeats = _state.Repeats + 1 };
            return _state.Repeats;
        }
    }
}
