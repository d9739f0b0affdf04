using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>The verbs. Each checks in the lock that its delivery is the message's latest and still in flight.</summary>
internal sealed partial class MessageQueue
{
    // A delay that is shorter is none.
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private const int MaxDoublings = 10;

    private readonly DurationHistogram _ackTimes = new();
    private readonly long _shortestPauseTicks;
    private readonly long _longestPauseTicks;
    private long _acked;
    private long _skipped;
    private long _nacked;
    private long _expired;
    private long _released;

    public SettlementOutcome Ack(MessageEntry entry, long sequence, int generation)
    {
        using (EnterLock())
        {
            SettlementOutcome outcome = LeaveFlight(entry, sequence, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                MeasureAck(entry);
                _acked++;
                Finish(entry, MessageEnd.Acked);
            }

            return outcome;
        }
    }

    public SettlementOutcome Skip(MessageEntry entry, long sequence, int generation)
    {
        using (EnterLock())
        {
            SettlementOutcome outcome = LeaveFlight(entry, sequence, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                _skipped++;
                Finish(entry, MessageEnd.Skipped);
            }

            return outcome;
        }
    }

    public SettlementOutcome Nack(MessageEntry entry, long sequence, int generation, string reason, Exception? error, TimeSpan? delay)
    {
        if (delay is { } given)
            MessageSubscriptionOptions.CheckDuration(given, nameof(delay), mayBeZero: true);
        using (EnterLock())
        {
            SettlementOutcome outcome = LeaveFlight(entry, sequence, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                _nacked++;
                entry.ReturnedGeneration = generation;
                Fail(entry, reason, error, delay);
            }

            return outcome;
        }
    }

    public SettlementOutcome Park(MessageEntry entry, long sequence, int generation, string reason)
    {
        using (EnterLock())
        {
            SettlementOutcome outcome = LeaveFlight(entry, sequence, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                entry.ReturnedGeneration = generation;
                CountFailure(entry, reason, null);
                GiveUp(entry);
                WakeNext();
            }

            return outcome;
        }
    }

    public SettlementOutcome Release(MessageEntry entry, long sequence, int generation, TimeSpan delay, bool isReturned)
    {
        MessageSubscriptionOptions.CheckDuration(delay, nameof(delay), mayBeZero: true);
        using (EnterLock())
        {
            SettlementOutcome outcome = LeaveFlight(entry, sequence, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                _released++;
                if (isReturned)
                    entry.ReturnedGeneration = generation;
                Return(entry, delay);
            }

            return outcome;
        }
    }

    public SettlementOutcome Extend(MessageEntry entry, long sequence, int generation, TimeSpan lease)
    {
        MessageSubscriptionOptions.CheckDuration(lease, nameof(lease));
        using (EnterLock())
        {
            SettlementOutcome outcome = Check(entry, sequence, generation);
            if (outcome != SettlementOutcome.Settled)
                return outcome;
            EndLease(entry);
            entry.Deadline = _clock.Now + _clock.ToTicks(lease);
            _otherLeases.Add(entry);
            ArmFor(entry.Deadline);
            return SettlementOutcome.Extended;
        }
    }

    public DateTimeOffset? LeaseExpiresAt(MessageEntry entry, long sequence, int generation)
    {
        using (EnterLock())
        {
            return Check(entry, sequence, generation) == SettlementOutcome.Settled
                ? _clock.UtcNow + _clock.Until(entry.Deadline)
                : null;
        }
    }

    public bool IsReturned(MessageEntry entry, long sequence, int generation)
    {
        using (EnterLock())
            return entry.Sequence == sequence && entry.ReturnedGeneration == generation;
    }

    // One of 16, because reading the clock costs as much as the rest of an ack.
    private void MeasureAck(MessageEntry entry)
    {
        if (_acked % 16 == 0)
            _ackTimes.Record(Math.Max(0, (long)(_clock.UtcNow - entry.Context.PublishedAt).TotalNanoseconds));
    }

    private static SettlementOutcome Check(MessageEntry entry, long sequence, int generation)
    {
        // Another message's entry by now: this one's only delivery was settled.
        if (entry.Sequence != sequence)
            return SettlementOutcome.AlreadySettled;
        if (entry.Generation != generation)
            return SettlementOutcome.Stale;
        return entry.State == MessageState.InFlight ? SettlementOutcome.Settled : SettlementOutcome.AlreadySettled;
    }

    private SettlementOutcome LeaveFlight(MessageEntry entry, long sequence, int generation)
    {
        SettlementOutcome outcome = Check(entry, sequence, generation);
        if (outcome == SettlementOutcome.Settled)
        {
            EndLease(entry);
            _inFlight--;
        }

        return outcome;
    }

    private void Expire(MessageEntry entry)
    {
        _inFlight--;
        _expired++;
        // From here on the consumer's handle is stale, even before the message is handed out again.
        entry.Generation++;
        Fail(entry, "The lease expired before the message was settled.", null, TimeSpan.Zero);
    }

    private void Fail(MessageEntry entry, string reason, Exception? error, TimeSpan? delay)
    {
        CountFailure(entry, reason, error);
        if (entry.FailedAttempts < _options.Retry.MaxAttempts)
        {
            Return(entry, delay ?? _options.NackDelayAfter(entry.FailedAttempts));
            return;
        }

        GiveUp(entry);
        WakeNext();
    }

    private void CountFailure(MessageEntry entry, string reason, Exception? error)
    {
        DateTimeOffset now = _clock.UtcNow;
        entry.FailedAttempts++;
        entry.Failure = new MessageFailure(reason, error, entry.Failure?.FirstAt ?? now, now);
    }

    /// <summary>Puts a message back into the queue.</summary>
    private void Return(MessageEntry entry, TimeSpan delay)
    {
        long now = _clock.Now;
        long due = DueAt(entry, delay, now);
        if (due <= now)
        {
            entry.State = MessageState.Waiting;
            _redeliveries.Enqueue(entry);
        }
        else
        {
            entry.State = MessageState.Delayed;
            entry.Deadline = due;
            _delayed.Add(entry);
            ArmFor(entry.Deadline);
        }

        WakeNext();
    }

    /// <summary>
    /// When a message is handed out again. One that comes back without delay as soon as it was handed out does so at once the first
    /// time; then between two deliveries there is a pause that grows, so that giving it back again and again is no busy loop.
    /// </summary>
    private long DueAt(MessageEntry entry, TimeSpan delay, long now)
    {
        if (delay >= ShortestDelay)
            return now + _clock.ToTicks(delay);
        if (now - entry.TakenAt >= _shortestPauseTicks)
        {
            entry.QuickReturns = 0;
            return now;
        }

        int earlier = entry.QuickReturns++;
        if (earlier == 0)
            return now;
        return entry.TakenAt + Math.Min(_longestPauseTicks, _shortestPauseTicks << Math.Min(earlier - 1, MaxDoublings));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(MessageEntry entry, MessageEnd end)
    {
        End(entry, end);
        WakeNext();
    }

    /// <summary>Settles a message that has a place for good, and gives the place back.</summary>
    private void End(MessageEntry entry, MessageEnd end)
    {
        if (_watchers is not null)
            TellWatchers(entry, end);
        // After several deliveries, or one that was given back, handles must still be told what became of theirs.
        bool isUsedAgain = entry.Generation <= 1 && entry.ReturnedGeneration == 0;
        entry.State = MessageState.Done;
        _unsettled.Settle(entry);
        entry.BeginReuse();
        if (isUsedAgain)
        {
            entry.ClearPayload();
            entry.Pool.Return(entry);
        }

        FreePlace(entry);
    }

    /// <summary>Gives the place of a message that is settled back, and lets the next of its key come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FreePlace(MessageEntry entry)
    {
        if (_keys is not null)
            LeaveKey(_keys, entry);
        _sequencer.Release(1);
        if (_publishers.Count > 0)
            WakePublisher();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LeaveKey(KeyQueues keys, MessageEntry entry)
    {
        if (keys.Leave(entry) is { } next)
            _redeliveries.Enqueue(next);
    }
}
