using Engine.Primitives;

namespace Engine.Tests.Properties;

/// <summary>
/// A ring as simple as can be: a list of what is buffered, with the sequence of each event, and the losses between them.
/// </summary>
/// <param name="capacity">The most events buffered.</param>
/// <param name="policy">What happens to more.</param>
/// <param name="overwriteChunk">DropOldest: how many of the oldest go at a time.</param>
public sealed class QueueModel(int capacity, OverflowPolicy policy, int overwriteChunk)
{
    private readonly Queue<(long Sequence, long Value)> _buffered = new();
    private long _nextSequence;
    private long _nextExpected;
    private long _reserved;

    public long Published { get; private set; }

    public long Dispatched { get; private set; }

    public long Lost { get; private set; }

    public long Rejected { get; private set; }

    public int Buffered => _buffered.Count;

    /// <summary>Losses behind the last event, when nothing is buffered.</summary>
    public long TrailingLoss => _nextSequence - _nextExpected;

    /// <summary>Offers one event; returns whether it was accepted.</summary>
    public bool Publish(long value)
    {
        Claim();
        if (_buffered.Count == capacity)
        {
            if (policy is OverflowPolicy.Wait or OverflowPolicy.Fail)
            {
                Rejected++;
                return false;
            }

            Lost++;
            Published++;
            _nextSequence++;
            return false;
        }

        Published++;
        _buffered.Enqueue((_nextSequence++, value));
        return true;
    }

    /// <summary>Makes room by the policy, as a claim does whether it is published or not.</summary>
    public void Claim()
    {
        if (policy != OverflowPolicy.DropOldest || _nextSequence < _reserved)
            return;
        _reserved = ((_nextSequence / overwriteChunk) + 1) * overwriteChunk;
        while (_buffered.Count > 0 && _buffered.Peek().Sequence < _reserved - capacity)
        {
            _buffered.Dequeue();
            Lost++;
        }
    }

    /// <summary>Takes the next event, with the losses before it.</summary>
    public (long Sequence, long LostBefore, long Value) Take()
    {
        (long sequence, long value) = _buffered.Dequeue();
        long lost = sequence - _nextExpected;
        _nextExpected = sequence + 1;
        Dispatched++;
        return (sequence, lost, value);
    }
}
