using System.Diagnostics.CodeAnalysis;
using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>Who reads the queue, and how it ends: by itself, or with the bus.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and no wait handle, so there is nothing to dispose of.")]
internal sealed partial class MessageQueue
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IMessageRunner> _runners = [];
    private int _readers;
    private int _waitingPublishers;
    private int _publishersAtEnd;
    private bool _isPolled;
    private bool _isDraining;
    private bool _isBusStopped;

    /// <summary>Cancelled when the bus has stopped and waits for handlers no longer.</summary>
    public CancellationToken StopToken => _stop.Token;

    /// <summary>Whether batches are handed out however small they are, because the bus stops.</summary>
    public bool IsDraining => Volatile.Read(ref _isDraining);

    /// <summary>Publishers that wait for room.</summary>
    public int WaitingPublisherCount => Volatile.Read(ref _waitingPublishers);

    /// <summary>Events taken over so far.</summary>
    public long AcceptedCount => _sequencer.Cursor;

    /// <summary>Somebody asks for messages without saying when he stops.</summary>
    public void NotePoll()
    {
        if (!Volatile.Read(ref _isPolled))
            Volatile.Write(ref _isPolled, true);
    }

    /// <summary>A loop over the messages begins.</summary>
    public void BeginReading() => Interlocked.Increment(ref _readers);

    /// <summary>A loop over the messages has ended.</summary>
    public void EndReading() => Interlocked.Decrement(ref _readers);

    public void Add(IMessageRunner runner)
    {
        using (EnterLock())
            _runners.Add(runner);
    }

    public void Remove(IMessageRunner runner)
    {
        using (EnterLock())
            _runners.Remove(runner);
    }

    /// <summary>From now on batches are handed out however small they are.</summary>
    public void BeginDrain()
    {
        using (EnterLock())
        {
            Volatile.Write(ref _isDraining, true);
            // Those who wait for a batch to fill look again.
            SendWaitersOn(isOpen: true);
        }
    }

    /// <summary>Whether every message is settled and no handler runs.</summary>
    /// <param name="waitsForReaders">If not, a queue with messages that nobody reads is closed.</param>
    public bool IsSettled(bool waitsForReaders)
    {
        using (EnterLock())
        {
            foreach (IMessageRunner runner in _runners)
            {
                if (runner.IsHandling)
                    return false;
            }

            if (_isClosed || Unsettled == 0)
                return true;
            if (waitsForReaders || HasReader)
                return false;
            CloseInLock(isBusStopped: true);
            return true;
        }
    }

    /// <summary>Ends taking and waiting. What is in flight may still be settled; what waits stays counted as waiting.</summary>
    public void Close()
    {
        using (EnterLock())
            CloseInLock(isBusStopped: false);
    }

    /// <summary>The bus has stopped.</summary>
    /// <returns>Messages that wait, messages in flight, and publishers that were sent away.</returns>
    public (int Waiting, int InFlight, int Publishers) Stop()
    {
        (int Waiting, int InFlight, int Publishers) left;
        using (EnterLock())
        {
            CloseInLock(isBusStopped: true);
            left = ((int)_sequencer.Ledger.Buffered + WaitingCount, _inFlight + _storing, _publishersAtEnd);
        }

        // On the pool: what handlers do when they are cancelled must not hold up the stop.
        TimeLimit.Cancel(_stop);
        return left;
    }

    /// <summary>Messages not handed out, but for those in the ring.</summary>
    private int WaitingCount => _redeliveries.Count + _delayed.Count + WaitingForKeys;

    private int WaitingForKeys => _keys?.WaitingCount ?? 0;

    private long Unsettled => _sequencer.Taken;

    private bool HasReader =>
        _runners.Count > 0 || _waiters.Count > 0 || _inFlight > 0 || _storing > 0
        || Volatile.Read(ref _readers) > 0 || Volatile.Read(ref _isPolled);

    private void CloseInLock(bool isBusStopped)
    {
        if (_isClosed)
            return;
        _isClosed = true;
        // Before the sequencer says so: publishers that find it closed look why.
        Volatile.Write(ref _isBusStopped, isBusStopped);
        _publishersAtEnd = Volatile.Read(ref _waitingPublishers);
        _sequencer.Close();
        SendWaitersOn(isOpen: false);
        foreach (TaskCompletionSource publisher in _publishers)
            publisher.SetResult();
        _publishers.Clear();
        _timer.Dispose();
    }

    private void SendWaitersOn(bool isOpen)
    {
        foreach (ConsumerWaiter waiter in _waiters)
            waiter.Complete(isOpen);
        _waiters.Clear();
    }
}
