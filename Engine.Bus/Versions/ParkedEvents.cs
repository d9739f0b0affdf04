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

/// <summary>The events of one version that are parked.</summary>
/// <param name="Version">The version.</param>
/// <param name="Count">Events.</param>
/// <param name="Bytes">Bytes of their payloads.</param>
/// <param name="Oldest">When the first of them came.</param>
public readonly record struct ParkedVersion(EventVersion Version, int Count, long Bytes, DateTimeOffset Oldest)
{
    /// <summary>The version and how much of it there is.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Version}: {Count} events, {Bytes} bytes, since {Oldest:u}");
}

/// <summary>What a parking place holds at one moment.</summary>
/// <param name="Count">Events.</param>
/// <param name="Bytes">Bytes of their payloads.</param>
/// <param name="Refused">Events that found no room, since the place was made.</param>
/// <param name="Versions">What is there of each version, by name and number.</param>
public sealed record ParkingStatistics(int Count, long Bytes, long Refused, IReadOnlyList<ParkedVersion> Versions)
{
    /// <summary>A line for the place, and an indented one for each version.</summary>
    public override string ToString() => string.Join('\n', [
        BusText.Of($"parked: {Count:N0} events, {Bytes:N0} bytes, {Refused:N0} refused"),
        .. Versions.Select(static version => BusText.Of($"  {version.Version}: {version.Count:N0} events, {version.Bytes:N0} bytes"))]);
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

    /// <summary>Says what is parked.</summary>
    public ParkingStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new ParkingStatistics(
                _events.Count, _bytes, _refused,
                [.. _events.GroupBy(static parked => parked.Event.Version)
                    .Select(static same => new ParkedVersion(
                        same.Key,
                        same.Count(),
                        same.Sum(static parked => (long)parked.Event.Payload.Length),
                        same.Min(static parked => parked.ParkedAt)))
                    .OrderBy(
                        static entry => entry.Version.EventName, StringComparer.Ordinal).ThenBy(static entry => entry.Version.Version)]);
        }
    }

    /// <summary>How much is parked.</summary>
    public override string ToString()
    {
        lock (_lock)
            return $"{_events.Count} of {Capacity} events parked, {_bytes} of {MaxBytes} bytes, {_refused} refused";
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
