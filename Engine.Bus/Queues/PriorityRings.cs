using Engine.Bus.Scheduling;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>
/// The rings of a partition: one for events of normal priority, and from the first of theirs on one for those of high and of low
/// priority. Each has the whole bound for itself, so that no flood of one priority takes the room of another. Thread-safe.
/// <code>
/// Making     A ring is made under the lock, with the bound, the policy and the end that the others have, before it is seen. Who
///            changes these for all holds the same lock, so that none is made beside it with what was.
/// </code>
/// </summary>
internal sealed class PriorityRings
{
    private readonly Lock _lock = new();

    // By the queue of a turn: high, normal, low.
    private readonly EnvelopeRing<QueuedEvent>?[] _rings = new EnvelopeRing<QueuedEvent>?[PriorityTurns.Weights.Length];
    private bool _hasOthers;
    private bool _hasConsumer;

    public PriorityRings(int bound, OverflowPolicy policy, bool hasConsumer)
    {
        _hasConsumer = hasConsumer;
        Normal = new EnvelopeRing<QueuedEvent>(bound, policy, hasConsumer);
        _rings[PriorityTurns.NormalQueue] = Normal;
    }

    /// <summary>The ring of most events.</summary>
    public EnvelopeRing<QueuedEvent> Normal { get; }

    /// <summary>Whether there was an event of another priority than normal.</summary>
    public bool HasOthers => Volatile.Read(ref _hasOthers);

    /// <summary>Events in all of them.</summary>
    public int Count
    {
        get
        {
            int count = Normal.Count;
            if (HasOthers)
                count += SumOfOthers(static ring => ring.Count);
            return count;
        }
    }

    /// <summary>Whether one can be taken.</summary>
    public bool HasReadable => Normal.HasReadable || (HasOthers && AnyOther(static ring => ring.HasReadable));

    /// <summary>Whether one of them lets no event more in.</summary>
    public bool IsAnyFull => IsFull(Normal) || (HasOthers && AnyOther(IsFull));

    /// <summary>Events there may be in all of them together.</summary>
    public long Bound => Normal.Bound + (HasOthers ? Others().Sum(static ring => (long)ring.Bound) : 0);

    /// <inheritdoc cref="EnvelopeRing{TEnvelope}.AcceptedCount"/>
    public long AcceptedCount => Normal.AcceptedCount + Others().Sum(static ring => ring.AcceptedCount);

    /// <inheritdoc cref="EnvelopeRing{TEnvelope}.WaitingCount"/>
    public int WaitingCount => Normal.WaitingCount + SumOfOthers(static ring => ring.WaitingCount);

    /// <inheritdoc cref="EnvelopeRing{TEnvelope}.Ledger"/>
    public RingLedger Ledger => Others().Aggregate(Normal.Ledger, static (sum, ring) => sum + ring.Ledger);

    /// <summary>Whether none of them gives a place any more.</summary>
    public bool IsClosed => Normal.IsClosed;

    /// <summary>The ring of a priority; made if there is none yet.</summary>
    public EnvelopeRing<QueuedEvent> Of(DispatchPriority priority) =>
        priority == DispatchPriority.Normal ? Normal : OfQueue(PriorityTurns.QueueOf(priority)) ?? Make(PriorityTurns.QueueOf(priority));

    /// <summary>The ring of a queue of <see cref="PriorityTurns"/>; null if it never had an event.</summary>
    public EnvelopeRing<QueuedEvent>? OfQueue(int queue) => Volatile.Read(ref _rings[queue]);

    /// <summary>Puts a policy and a bound into force, the bound for each of them.</summary>
    public void Apply(OverflowPolicy policy, int bound)
    {
        lock (_lock)
        {
            foreach (EnvelopeRing<QueuedEvent> ring in All())
            {
                ring.Policy = policy;
                ring.Bound = bound;
            }
        }
    }

    /// <inheritdoc cref="EnvelopeRing{TEnvelope}.BeginConsuming"/>
    public void BeginConsuming()
    {
        lock (_lock)
        {
            _hasConsumer = true;
            foreach (EnvelopeRing<QueuedEvent> ring in All())
                ring.BeginConsuming();
        }
    }

    /// <summary>Closes them, and waits for each lease once: what its holder has taken is known then.</summary>
    public void Close()
    {
        EnvelopeRing<QueuedEvent>[] rings;
        lock (_lock)
        {
            rings = [.. All()];
            foreach (EnvelopeRing<QueuedEvent> ring in rings)
                ring.Close();
        }

        foreach (EnvelopeRing<QueuedEvent> ring in rings)
        {
            Acquire(ring);
            ring.ReleaseLease();
        }
    }

    /// <summary>Takes out and forgets what is queued.</summary>
    /// <returns>How many events that was.</returns>
    public int Discard()
    {
        int discarded = 0;
        foreach (EnvelopeRing<QueuedEvent> ring in All())
        {
            Acquire(ring);
            // Each is left where the next one was.
            QueuedEvent? queued = null;
            while (ring.Take(new Span<QueuedEvent?>(ref queued), out _, out _) > 0)
            {
                queued!.Clear();
                discarded++;
            }

            ring.ReleaseLease();
        }

        return discarded;
    }

    /// <summary>Takes a ring's lease. It is held for as long as it takes to swap some references, never while a handler runs.</summary>
    public static void Acquire(EnvelopeRing<QueuedEvent> ring)
    {
        var spinner = new SpinWait();
        while (!ring.TryAcquire())
            spinner.SpinOnce();
    }

    private EnvelopeRing<QueuedEvent> Make(int queue)
    {
        lock (_lock)
        {
            if (_rings[queue] is { } known)
                return known;
            var ring = new EnvelopeRing<QueuedEvent>(Normal.Bound, Normal.Policy, _hasConsumer);
            if (Normal.IsClosed)
                ring.Close();
            // First, so that who finds the ring and publishes into it has it looked at.
            Volatile.Write(ref _hasOthers, true);
            Volatile.Write(ref _rings[queue], ring);
            return ring;
        }
    }

    private static bool IsFull(EnvelopeRing<QueuedEvent> ring) => ring.Count >= ring.Bound;

    private int SumOfOthers(Func<EnvelopeRing<QueuedEvent>, int> figure)
    {
        int sum = 0;
        for (int queue = 0; queue < _rings.Length; queue++)
        {
            if (queue != PriorityTurns.NormalQueue && OfQueue(queue) is { } ring)
                sum += figure(ring);
        }

        return sum;
    }

    private bool AnyOther(Func<EnvelopeRing<QueuedEvent>, bool> isSo)
    {
        for (int queue = 0; queue < _rings.Length; queue++)
        {
            if (queue != PriorityTurns.NormalQueue && OfQueue(queue) is { } ring && isSo(ring))
                return true;
        }

        return false;
    }

    private IEnumerable<EnvelopeRing<QueuedEvent>> Others() => All().Where(ring => ring != Normal);

    private IEnumerable<EnvelopeRing<QueuedEvent>> All()
    {
        for (int queue = 0; queue < _rings.Length; queue++)
        {
            if (OfQueue(queue) is { } ring)
                yield return ring;
        }
    }
}
