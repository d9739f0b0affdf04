using System.Diagnostics;
using System.Globalization;

namespace Engine.Bus.Versions;

/// <summary>An event that waits for a program that knows its version.</summary>
/// <param name="Event">The event, with a payload of its own.</param>
/// <param name="Reason">Why it is here.</param>
/// <param name="Error">What its codec or an upcaster threw, if that is why.</param>
/// <param name="ParkedAt">When it came.</param>
public sealed record ParkedEvent(IncomingEvent Event, UpcastOutcome Reason, Exception? Error, DateTimeOffset ParkedAt)
{
    /// <summary>The event, the reason and the error.</summary>
    public override string ToString() => $"{Event}: {Reason}{(Error is null ? "" : $", {Error.Message}")}";
}

/// <summary>
/// Keeps events that nobody here can read, in the order in which they came, bounded in number and bytes. What does not fit
/// is refused, never dropped silently. In memory only. Thread-safe; takes a lock, as parking is the exception.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ParkedEvents
{
    private readonly Lock _lock = new();
    private readonly Queue<ParkedEvent> _events = new();
    private readonly TimeProvider _timeProvider;
    private long _bytes;
    private long _refused;

    /// <summary>Makes a parking place.</summary>
    /// <param name="capacity">Events that it holds; at least 1.</param>
    /// <param name="maxBytes">Bytes of payloads that it holds; at least 1.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    public ParkedEvents(int capacity = 1024, long maxBytes = 16 << 20, TimeProvider? timeProvider = null)
    {
        if (capacity < 1)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "A parking place must hold at least 1 event.");
        if (maxBytes < 1)
            throw new ArgumentOutOfRangeException(nameof(maxBytes), maxBytes, "A parking place must hold at least 1 byte.");
        Capacity = capacity;
        MaxBytes = maxBytes;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Events that it holds at most.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of payloads that it holds at most.</summary>
    public long MaxBytes { get; }

    /// <summary>Events that are parked now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _events.Count;
        }
    }

    /// <summary>Bytes of their payloads.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes;
        }
    }

    /// <summary>Events that found no room, since the place was made.</summary>
    public long RefusedCount
    {
        get
        {
            lock (_lock)
                return _refused;
        }
    }

    /// <summary>Takes the oldest event out, for another place or for another try.</summary>
    /// <returns>The event; null if there is none.</returns>
    public ParkedEvent? TryTake()
    {
        lock (_lock)
        {
            if (_events.TryDequeue(out ParkedEvent? parked))
                _bytes -= parked.Event.Payload.Length;
            return parked;
        }
    }

    /// <summary>What is parked, the oldest first. Allocates.</summary>
    public IReadOnlyList<ParkedEvent> GetEvents()
    {
        lock (_lock)
            return [.. _events];
    }

    /// <summary>How much is parked.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{_events.Count:N0} of {Capacity:N0} events parked, {_bytes:N0} of {MaxBytes:N0} bytes, {_refused:N0} refused");
        }
    }

    internal bool TryAdd(in IncomingEvent incoming, UpcastOutcome reason, Exception? error)
    {
        lock (_lock)
        {
            if (_events.Count >= Capacity || incoming.Payload.Length > MaxBytes - _bytes)
            {
                _refused++;
                return false;
            }

            // The clock is foreign code, so nothing is changed before it has answered.
            _events.Enqueue(
                new ParkedEvent(incoming with { Payload = incoming.Payload.ToArray() }, reason, error, _timeProvider.GetUtcNow()));
            _bytes += incoming.Payload.Length;
            return true;
        }
    }
}
