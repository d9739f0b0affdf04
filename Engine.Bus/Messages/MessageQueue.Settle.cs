using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>The verbs. Each checks in the lock that its delivery is the message's latest and still in flight.</summary>
internal sealed partial class MessageQueue
{
    private readonly DurationHistogram _ackTimes = new();
    private long _acked;
    private long _skipped;
    private long _nacked;
    private long _expired;
    private long _released;

    public SettlementOutcome Ack(MessageEntry entry, int generation)
    {
        lock (_lock)
        {
            SettlementOutcome outcome = LeaveFlight(entry, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                MeasureAck(entry);
                _acked++;
                Finish(entry);
            }

            return outcome;
        }
    }

    public SettlementOutcome Skip(MessageEntry entry, int generation)
    {
        lock (_lock)
        {
            SettlementOutcome outcome = LeaveFlight(entry, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                _skipped++;
                Finish(entry);
            }

            return outcome;
        }
    }

    public SettlementOutcome Nack(MessageEntry entry, int generation, string reason, Exception? error, TimeSpan? delay)
    {
        if (delay is { } given)
            MessageSubscriptionOptions.CheckDuration(given, nameof(delay), mayBeZero: true);
        lock (_lock)
        {
            SettlementOutcome outcome = LeaveFlight(entry, generation);
            if (outcome == SettlementOutcome.Settled)
            {
                _nacked++;
                entry.ReturnedGeneration = generation;
                Fail(entry, reason, error, delay);
            }

            return outcome;
        }
    }

    public SettlementOutcome Park(MessageEntry entry, int generation, string reason)
    {
        lock (_lock)
        {
            SettlementOutcome outcome = LeaveFlight(entry, generation);
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

    public SettlementOutcome Release(MessageEntry entry, int generation, TimeSpan delay, bool isReturned)
    {
        MessageSubscriptionOptions.CheckDuration(delay, nameof(delay), mayBeZero: true);
        lock (_lock)
        {
            SettlementOutcome outcome = LeaveFlight(entry, generation);
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

    public SettlementOutcome Extend(MessageEntry entry, int generation, TimeSpan lease)
    {
        MessageSubscriptionOptions.CheckDuration(lease, nameof(lease));
        lock (_lock)
        {
            SettlementOutcome outcome = Check(entry, generation);
            if (outcome != SettlementOutcome.Settled)
                return outcome;
            entry.Deadline = _time.GetTimestamp() + ToTicks(lease);
            _leases.Update(entry);
            ArmFor(entry.Deadline);
            return SettlementOutcome.Extended;
        }
    }

    public DateTimeOffset? LeaseExpiresAt(MessageEntry entry, int generation)
    {
        lock (_lock)
        {
            return Check(entry, generation) == SettlementOutcome.Settled
                ? _time.GetUtcNow() + _time.GetElapsedTime(_time.GetTimestamp(), entry.Deadline)
                : null;
        }
    }

    public bool IsReturned(MessageEntry entry, int generation)
    {
        lock (_lock)
            return entry.ReturnedGeneration == generation;
    }

    // One of 16, because reading the clock costs as much as the rest of an ack.
    private void MeasureAck(MessageEntry entry)
    {
        if (_acked % 16 == 0)
            _ackTimes.Record(Math.Max(0, (long)(_time.GetUtcNow() - entry.PublishedAt).TotalNanoseconds));
    }

    private static SettlementOutcome Check(MessageEntry entry, int generation)
    {
        if (entry.Generation != generation)
            return SettlementOutcome.Stale;
        return entry.State == MessageState.InFlight ? SettlementOutcome.Settled : SettlementOutcome.AlreadySettled;
    }

    private SettlementOutcome LeaveFlight(MessageEntry entry, int generation)
    {
        SettlementOutcome outcome = Check(entry, generation);
        if (outcome == SettlementOutcome.Settled)
        {
            _leases.Remove(entry);
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
        DateTimeOffset now = _time.GetUtcNow();
        entry.FailedAttempts++;
        entry.Failure = new MessageFailure(reason, error, entry.Failure?.FirstAt ?? now, now);
    }

    /// <summary>Puts a message back into the queue.</summary>
    private void Return(MessageEntry entry, TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            entry.State = MessageState.Waiting;
            _redeliveries.Enqueue(entry);
        }
        else
        {
            entry.State = MessageState.Delayed;
            entry.Deadline = _time.GetTimestamp() + ToTicks(delay);
            _delayed.Add(entry);
            ArmFor(entry.Deadline);
        }

        WakeNext();
    }

    private void Finish(MessageEntry entry)
    {
        entry.State = MessageState.Done;
        _unsettled.Settle(entry);
        ReleasePlace();
        WakeNext();
    }
}
