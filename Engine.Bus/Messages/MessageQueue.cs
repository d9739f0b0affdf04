using Engine.Events;
using Engine.Primitives;
using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>
/// The messages of one subscription. Publishers push onto a stack without a lock; consumers take and settle under one.
/// <code>
/// Publisher  1. reserve a place: compare-exchange on the count
///            2. push the message: compare-exchange on the stack's top
///            3. load "hungry"; set: take the lock and wake a consumer
///
/// Consumer   1. (in the lock) nothing to take: join the waiters, set "hungry"
///            2. full fence
///            3. take over the stack; anything there: wake a waiter after all
///
/// Fence      The consumer's look at the stack (3) must not be satisfied before its store of "hungry" (1) is visible
///            (StoreLoad). Its partner is the publisher's compare-exchange, a full fence between push and load. Without
///            either, both look too early: the message lies in the stack and the consumer sleeps until the next publish.
///
/// Stack      Consumers take the whole of it with one exchange and turn it round, and messages are never used again,
///            so a compare-exchange cannot mistake a new top for an old one.
/// </code>
/// A wakened consumer that takes a message wakes the next while there is more to take, so one wake-up per event is enough.
/// </summary>
internal sealed partial class MessageQueue
{
    // Above any capacity.
    private const int ClosedCount = 1 << 30;

    private readonly Lock _lock = new();
    private readonly MessageSubscriptionOptions _options;
    private readonly TimeProvider _time;
    private readonly LinkedList<PublisherStall> _stalls = [];

    // What publishers touch without the lock, apart from what consumers write in it.
    private PaddedInt32 _unsettledCount;
    private PaddedInt32 _isHungry;
    private PaddedInt64 _rejected;
    private PaddedInt64 _droppedIncoming;
    private PaddedEntry _pushed;

    private UnsettledList _unsettled;
    private EntryQueue _fresh;
    private EntryQueue _redeliveries;
    private bool _isClosed;
    private long _droppedOldest;

    public MessageQueue(string name, MessageSubscriptionOptions options)
    {
        Name = name;
        _options = options;
        _time = options.TimeProvider;
        _leaseTicks = ToTicks(options.Lease);
        _maxLeaseTicks = ToTicks(options.MaxLease);
        _timer = CreateTimer();
    }

    public string Name { get; }

    /// <summary>Takes over an event from its publisher. Blocks only where the policy is to wait; allocates the message.</summary>
    public PublishOutcome Accept<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        PublishOutcome outcome = TryReserve() ? PublishOutcome.Published : Overflow(context);
        if (outcome == PublishOutcome.Published)
        {
            Push(new MessageEntry<T>(this, @event, context, _time.GetUtcNow()) { FailedAttempts = context.Attempt - 1 });
            return outcome;
        }

        // The publisher gets the worst that became of the event at any subscription.
        if (outcome > context.Outcome)
            context.Outcome = outcome;
        _options.OnOverflow?.Invoke(context.EventType, context.Id, outcome);
        return outcome;
    }

    /// <summary>Ends taking and waiting. What is in flight may still be settled; what waits stays counted as waiting.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            Volatile.Write(ref _isClosed, true);
            // A closed queue looks full, which saves publishers a look at the flag.
            Interlocked.Add(ref _unsettledCount.Value, ClosedCount);
            foreach (ConsumerWaiter waiter in _waiters)
                waiter.Complete(isOpen: false);
            _waiters.Clear();
            while (_stalls.First is { } stall)
                EndStall(stall.Value, PublishOutcome.Rejected);
            _timer.Dispose();
        }
    }

    private void Push(MessageEntry entry)
    {
        MessageEntry? top = Volatile.Read(ref _pushed.Value);
        while (true)
        {
            entry.Next = top;
            MessageEntry? found = Interlocked.CompareExchange(ref _pushed.Value, entry, top);
            if (found == top)
                break;
            top = found;
        }

        if (Volatile.Read(ref _isHungry.Value) != 0)
        {
            lock (_lock)
                WakeNext();
        }
    }

    /// <summary>Gives the pushed messages their sequences, oldest first.</summary>
    private void TakeOverPushed()
    {
        if (Volatile.Read(ref _pushed.Value) is null)
            return;
        MessageEntry? entry = Interlocked.Exchange(ref _pushed.Value, null);
        MessageEntry? oldest = null;
        while (entry is not null)
        {
            MessageEntry? older = entry.Next;
            entry.Next = oldest;
            oldest = entry;
            entry = older;
        }

        while (oldest is not null)
        {
            MessageEntry? newer = oldest.Next;
            oldest.Next = null;
            _unsettled.Append(oldest);
            _fresh.Enqueue(oldest);
            oldest = newer;
        }
    }

    private bool TryReserve()
    {
        // Not an increment that is taken back: two publishers at a single free place would refuse each other.
        int count = Volatile.Read(ref _unsettledCount.Value);
        while (count < _options.Capacity)
        {
            int found = Interlocked.CompareExchange(ref _unsettledCount.Value, count + 1, count);
            if (found == count)
                return true;
            count = found;
        }

        return false;
    }

    private PublishOutcome Overflow(EventContext context)
    {
        if (Volatile.Read(ref _isClosed) || _options.OverflowPolicy == OverflowPolicy.Fail)
            return Reject(PublishOutcome.Rejected);
        if (_options.OverflowPolicy == OverflowPolicy.DropIncoming)
            return DropIncoming();
        if (_options.OverflowPolicy == OverflowPolicy.DropOldest)
            return DropOldest();
        // A handler that waited here might wait for its own acknowledgement.
        return context.IsFromHandler ? Reject(PublishOutcome.RejectedInHandler) : Stall();
    }

    private PublishOutcome Reject(PublishOutcome outcome)
    {
        Interlocked.Increment(ref _rejected.Value);
        return outcome;
    }

    private PublishOutcome DropIncoming()
    {
        Interlocked.Increment(ref _droppedIncoming.Value);
        return PublishOutcome.Dropped;
    }

    private PublishOutcome DropOldest()
    {
        lock (_lock)
        {
            if (TryReserve())
                return PublishOutcome.Published;
            TakeOverPushed();
            MessageEntry? oldest = _redeliveries.TryDequeue() ?? _fresh.TryDequeue() ?? _delayed.TryTake(long.MaxValue);
            if (oldest is null)
                return DropIncoming();
            _droppedOldest++;
            oldest.State = MessageState.Done;
            _unsettled.Settle(oldest);
            return PublishOutcome.Published;
        }
    }

    private PublishOutcome Stall()
    {
        PublisherStall stall;
        lock (_lock)
        {
            if (TryReserve())
                return PublishOutcome.Published;
            if (_isClosed)
                return Reject(PublishOutcome.Rejected);
            stall = new PublisherStall(_options.StallTimeout == Timeout.InfiniteTimeSpan ? long.MaxValue : _time.GetTimestamp() + ToTicks(_options.StallTimeout));
            _stalls.AddLast(stall.Node);
            ArmFor(stall.Deadline);
        }

        PublishOutcome outcome = stall.Wait();
        return outcome == PublishOutcome.Published ? outcome : Reject(outcome);
    }

    /// <summary>Gives the place of a settled message to the publisher that has stalled longest, or back.</summary>
    private void ReleasePlace()
    {
        if (_stalls.First is { } stall)
            EndStall(stall.Value, PublishOutcome.Published);
        else
            Interlocked.Decrement(ref _unsettledCount.Value);
    }

    private void EndStall(PublisherStall stall, PublishOutcome outcome)
    {
        _stalls.Remove(stall.Node);
        stall.End(outcome);
    }
}
