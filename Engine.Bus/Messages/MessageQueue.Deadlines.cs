namespace Engine.Bus.Messages;

/// <summary>
/// What happens when time passes. One timer serves all leases, delays and waits; it is set only when a deadline comes
/// before the one it is set for, so that messages settled in time never touch it.
/// </summary>
internal sealed partial class MessageQueue
{
    private readonly ITimer _timer;
    private readonly DeadlineHeap _otherLeases = new();
    private readonly DeadlineHeap _delayed = new();
    private LeaseList _leases;
    private readonly long _leaseTicks;
    private readonly long _maxLeaseTicks;
    private long _armedFor = long.MaxValue;

    /// <summary>Does what is due: ends leases, hands out delayed messages, ends waits. The timer calls it.</summary>
    public void RunDeadlines()
    {
        using (EnterLock())
        {
            if (_isClosed)
                return;
            _armedFor = long.MaxValue;
            long now = _clock.Now;
            while (TakeLease(now) is { } entry)
            {
                if (entry.RenewUntil > now)
                    Renew(entry, now);
                else
                    Expire(entry);
            }

            while (_delayed.TryTake(now) is { } entry)
            {
                entry.State = MessageState.Waiting;
                _redeliveries.Enqueue(entry);
            }

            long earliestWait = EndWaits(now);
            ArmFor(Math.Min(Math.Min(_leases.Earliest, _otherLeases.Earliest), Math.Min(_delayed.Earliest, earliestWait)));
            WakeNext();
        }
    }

    private void Renew(MessageEntry entry, long now)
    {
        entry.Deadline = Math.Min(now + _leaseTicks, entry.RenewUntil);
        _otherLeases.Add(entry);
    }

    /// <summary>Takes the message whose lease ends first, of equal ones the lowest sequence, if that is not later than a limit.</summary>
    private MessageEntry? TakeLease(long limit)
    {
        MessageEntry? entry = _leases.First;
        if (entry is null || entry.Deadline > limit || _otherLeases.IsBefore(entry))
            return _otherLeases.TryTake(limit);
        _leases.Remove(entry);
        return entry;
    }

    /// <summary>Adds a lease of the usual length.</summary>
    private void BeginLease(MessageEntry entry)
    {
        if (!_leases.TryAdd(entry))
            _otherLeases.Add(entry);
    }

    private void EndLease(MessageEntry entry)
    {
        if (entry.IsLeased)
            _leases.Remove(entry);
        else
            _otherLeases.Remove(entry);
    }

    private long EndWaits(long now)
    {
        long earliest = long.MaxValue;
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            ConsumerWaiter waiter = _waiters[i];
            if (waiter.Deadline > now)
            {
                earliest = Math.Min(earliest, waiter.Deadline);
                continue;
            }

            _waiters.RemoveAt(i);
            waiter.Complete(isOpen: true);
        }

        return earliest;
    }

    private void ArmFor(long deadline)
    {
        if (deadline >= _armedFor || _isClosed)
            return;
        _armedFor = deadline;
        // Rounded up: timers count whole milliseconds, and one that fires early would only be set again.
        double milliseconds = Math.Ceiling(_clock.Until(deadline).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, milliseconds)), Timeout.InfiniteTimeSpan);
    }

    private ITimer CreateTimer()
    {
        // The timer outlives the call that subscribes and must not keep its execution context.
        AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        try
        {
            return _options.TimeProvider.CreateTimer(
                static queue => ((MessageQueue)queue!).RunDeadlines(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            flow?.Undo();
        }
    }
}
