using System.Runtime.CompilerServices;

namespace Engine.Bus.Messages;

/// <summary>The side of the consumers: taking and waiting.</summary>
internal sealed partial class MessageQueue
{
    private readonly List<ConsumerWaiter> _waiters = [];
    private int _inFlight;
    private long _delivered;

    /// <summary>Takes the next message under a lease, if there is one and the output buffer has room.</summary>
    public bool TryTake(out EventMessage message) => TryTake(runnerContext: null, out message);

    /// <summary>The same for a runner of handlers, which has the lease renewed as long as its handler runs.</summary>
    /// <param name="runnerContext">Becomes that of the message, if one is taken; null for a consumer that renews its leases itself.</param>
    /// <param name="message">The delivery.</param>
    public bool TryTake(EventContext? runnerContext, out EventMessage message)
    {
        using (EnterLock())
        {
            MessageEntry? entry = CanTake ? NextReady() : null;
            if (entry is null)
            {
                message = default;
                return false;
            }

            if (!entry.IsUnsettled && entry.Generation == 0)
                _unsettled.Append(entry);
            entry.Generation++;
            entry.State = MessageState.InFlight;
            long now = _clock.Now;
            entry.TakenAt = now;
            entry.Deadline = now + _leaseTicks;
            entry.RenewUntil = runnerContext is null ? 0 : now + _maxLeaseTicks;
            if (runnerContext is not null)
            {
                runnerContext.CopyFrom(entry.Context);
                runnerContext.AdoptAttempts(entry.FailedAttempts);
            }

            BeginLease(entry);
            ArmFor(entry.Deadline);
            _inFlight++;
            _delivered++;
            message = new EventMessage(entry);
            WakeNext();
            return true;
        }
    }

    /// <summary>Waits until there may be something to take, or the deadline has passed.</summary>
    /// <returns>False when the subscription has ended.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> WaitAsync(ConsumerWaiter waiter, long deadline, CancellationToken cancellationToken)
    {
        using (EnterLock())
        {
            if (_isClosed)
                return false;
            waiter.Begin(deadline);
            _waiters.Add(waiter);
            ArmFor(deadline);
            WakeNext();
        }

        // Taken back before the waiter is used again, so that an old cancellation cannot end a later wait.
        using (cancellationToken.UnsafeRegister(static (state, token) => Cancel((ConsumerWaiter)state!, token), waiter))
            return await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>For a consumer that was wakened and takes nothing: what it was wakened for is another's.</summary>
    private void PassOn()
    {
        using (EnterLock())
            WakeNext();
    }

    /// <summary>Throws if a consumer is to end. It may have been wakened for a message that it does not take.</summary>
    public void CheckCancelled(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
            return;
        PassOn();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The end of a wait of some length from now.</summary>
    public long DeadlineAfter(TimeSpan wait) => _clock.Now + _clock.ToTicks(wait);

    public bool IsPast(long deadline) => _clock.Now >= deadline;

    private bool CanTake => _inFlight < _options.OutputBuffer && !_isClosed;

    private bool HasReady => _redeliveries.Count > 0 || _sequencer.HasReadable;

    private MessageEntry? NextReady()
    {
        if (_redeliveries.Count > 0)
            return _redeliveries.TryDequeue();
        return _keys is null ? TakeNew() : TakeNewOfFreeKey(_keys);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MessageEntry? TakeNewOfFreeKey(KeyQueues keys)
    {
        while (TakeNew() is { } entry)
        {
            if (keys.TryEnter(entry))
                return entry;
            // It keeps its place in the order of sequences while later ones are handed out.
            _unsettled.Append(entry);
        }

        return null;
    }

    /// <summary>Takes the next message out of the ring and gives it its sequence.</summary>
    private MessageEntry? TakeNew()
    {
        if (!_sequencer.HasReadable)
            return null;
        long position = _sequencer.Consumed;
        ref Slot slot = ref _slots[position & (_slots.Length - 1)];
        MessageEntry entry = slot.Entry!;
        slot.Entry = null;
        _sequencer.Advance(1);
        entry.Sequence = position + 1;
        entry.Generation = 0;
        entry.State = MessageState.Waiting;
        Volatile.Write(ref entry.Readable, entry.Sequence);
        return entry;
    }

    private void WakeNext()
    {
        if (_waiters.Count == 0 || !CanTake)
        {
            // Not hungry while the output buffer is full: a settlement will come here.
            if (_isHungry.Value != 0)
                Volatile.Write(ref _isHungry.Value, 0);
            return;
        }

        if (_isHungry.Value == 0)
            Volatile.Write(ref _isHungry.Value, 1);
        // Partner of the publisher's fence: see the steps above.
        Interlocked.MemoryBarrier();
        if (!HasReady)
            return;
        ConsumerWaiter waiter = _waiters[0];
        _waiters.RemoveAt(0);
        waiter.Complete(isOpen: true);
        if (_waiters.Count == 0)
            Volatile.Write(ref _isHungry.Value, 0);
    }

    private static void Cancel(ConsumerWaiter waiter, CancellationToken token)
    {
        using (waiter.Queue.EnterLock())
        {
            if (waiter.Queue._waiters.Remove(waiter))
                waiter.Cancel(token);
        }
    }
}
