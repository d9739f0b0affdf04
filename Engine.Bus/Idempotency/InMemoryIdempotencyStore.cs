using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Engine.Bus.Idempotency;

/// <summary>
/// Remembers handled events in memory, bounded by age and by count; a restart forgets them. Claims in flight never give
/// way to others before they have expired. Thread-safe: each call takes one lock for a moment and completes at once.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class InMemoryIdempotencyStore : IIdempotencyStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IdempotencyKey, LinkedListNode<Entry>> _entries = [];
    // Oldest claim first, and oldest completion first.
    private readonly LinkedList<Entry> _inFlight = [];
    private readonly LinkedList<Entry> _completed = [];
    private readonly TimeProvider _timeProvider;
    private readonly int _capacity;
    private readonly long _windowTicks;
    private long _lastToken;

    /// <summary>Makes a store.</summary>
    /// <param name="window">
    /// How long a handled event is remembered, an hour by default. A duplicate that comes later is handled again.
    /// </param>
    /// <param name="capacity">
    /// Keys that are remembered, claims in flight included; the ones handled longest ago give way. At least 1.
    /// </param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not above zero, or the capacity less than 1.</exception>
    public InMemoryIdempotencyStore(TimeSpan? window = null, int capacity = 100_000, TimeProvider? timeProvider = null)
    {
        TimeSpan span = window ?? TimeSpan.FromHours(1);
        if (span <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(window), span, "The window in which duplicates are known must be above zero.");
        if (capacity < 1)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "A store must remember at least 1 key.");
        _timeProvider = timeProvider ?? TimeProvider.System;
        _capacity = capacity;
        _windowTicks = ToTicks(span);
    }

    /// <summary>Keys remembered, claims in flight included. Keys past the window count until the next claim.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IdempotencyClaim> TryClaimAsync(IdempotencyKey key, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        if (lease <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(lease), lease, "The lease of a claim must be above zero.");
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(Claim(key, lease));
    }

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!TryFind(key, token, out LinkedListNode<Entry>? node))
                return new(false);
            _inFlight.Remove(node);
            node.Value = new Entry(key, 0, After(_timeProvider.GetTimestamp(), _windowTicks));
            _completed.AddLast(node);
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!TryFind(key, token, out LinkedListNode<Entry>? node))
                return new(false);
            Forget(node);
            return new(true);
        }
    }

    /// <summary>How much is remembered.</summary>
    public override string ToString()
    {
        lock (_lock)
            return $"{_completed.Count} events handled and {_inFlight.Count} claimed, of {_capacity} that are remembered";
    }

    private IdempotencyClaim Claim(IdempotencyKey key, TimeSpan lease)
    {
        long now = _timeProvider.GetTimestamp();
        ForgetOld(now);
        if (_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
        {
            if (node.List == _completed)
                return new IdempotencyClaim(IdempotencyClaimOutcome.Completed, 0, TimeSpan.Zero);
            if (node.Value.Until > now)
                return new IdempotencyClaim(IdempotencyClaimOutcome.InFlight, 0, _timeProvider.GetElapsedTime(now, node.Value.Until));
            // Whoever claimed it has crashed or hangs; its token is worth nothing from here on.
            Forget(node);
        }

        if (_entries.Count >= _capacity && !TryMakeRoom(now))
            return new IdempotencyClaim(IdempotencyClaimOutcome.Full, 0, TimeSpan.Zero);
        long token = ++_lastToken;
        _entries.Add(key, _inFlight.AddLast(new Entry(key, token, After(now, ToTicks(lease)))));
        return new IdempotencyClaim(IdempotencyClaimOutcome.Claimed, token, lease);
    }

    private void ForgetOld(long now)
    {
        while (_completed.First is { } oldest && oldest.Value.Until <= now)
            Forget(oldest);
        // An expired claim may still complete for as long as it would have been remembered.
        while (_inFlight.First is { } oldest && After(oldest.Value.Until, _windowTicks) <= now)
            Forget(oldest);
    }

    private bool TryMakeRoom(long now)
    {
        LinkedListNode<Entry>? oldest = _completed.First;
        if (oldest is null && _inFlight.First is { } claim && claim.Value.Until <= now)
            oldest = claim;
        if (oldest is null)
            return false;
        Forget(oldest);
        return true;
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Key);
        node.List!.Remove(node);
    }

    private bool TryFind(IdempotencyKey key, long token, [NotNullWhen(true)] out LinkedListNode<Entry>? node) =>
        _entries.TryGetValue(key, out node) && node.List == _inFlight && node.Value.Token == token;

    // A conversion from double that does not fit gives the largest value.
    private long ToTicks(TimeSpan duration) => (long)(duration.TotalSeconds * _timeProvider.TimestampFrequency);

    /// <summary>A later moment; the last there is where the span is "for ever".</summary>
    private static long After(long moment, long ticks) => moment > long.MaxValue - ticks ? long.MaxValue : moment + ticks;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(IdempotencyKey Key, long Token, long Until);
}
