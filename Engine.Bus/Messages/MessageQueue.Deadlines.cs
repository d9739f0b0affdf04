using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>
/// What happens when time passes. One timer serves all leases, delays and waits; it is set only when a deadline comes
/// before the one it is set for, so that messages settled in time never touch it.
/// </summary>
internal sealed partial class MessageQueue
{
    private readonly ITimer _timer;
    private readonly DeadlineHeap _leases = new();
    private readonly DeadlineHeap _delayed = new();
    private readonly long _leaseTicks;
    private readonly long _maxLeaseTicks;
    private long _armedFor = long.MaxValue;

    /// <summary>Does what is due: ends leases, hands out delayed messages, ends waits. The timer calls it.</summary>
    public void RunDeadlines()
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _armedFor = long.MaxValue;
            long now = _time.GetTimestamp();
            while (_leases.TryTake(now) is { } entry)
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

            // All stalls have the same length, so the first ends first.
            while (_stalls.First is { } stall && stall.Value.Deadline <= now)
                EndStall(stall.Value, PublishOutcome.Rejected);
            long earliestWait = EndWaits(now);
            ArmFor(Math.Min(Math.Min(_leases.Earliest, _delayed.Earliest), Math.Min(_stalls.First?.Value.Deadline ?? long.MaxValue, earliestWait)));
            WakeNext();
        }
    }

    private void Renew(MessageEntry entry, long now)
    {
        entry.Deadline = Math.Min(now + _leaseTicks, entry.RenewUntil);
        _leases.Add(entry);
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
        double milliseconds = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), deadline).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, milliseconds)), Timeout.InfiniteTimeSpan);
    }

    private ITimer CreateTimer()
    {
        // The timer outlives the call that subscribes and must not keep its execution context.
        AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        try
        {
            return _time.CreateTimer(static queue => ((MessageQueue)queue!).RunDeadlines(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            flow?.Undo();
        }
    }

    private long ToTicks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}
