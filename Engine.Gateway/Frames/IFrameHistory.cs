namespace Engine.Gateway.Frames;

/// <summary>
/// Where the gateway keeps its events: it gives sequences, and history, resume and live streams all read from it by
/// cursor. A ring in memory, or a store. Thread-safe.
/// </summary>
public interface IFrameHistory
{
    /// <summary>Which history it is: another one counts from 1 again. ASCII letters and digits.</summary>
    string Epoch { get; }

    /// <summary>The oldest event that can be read; one more than <see cref="LastSequence"/> if there is none.</summary>
    long FirstSequence { get; }

    /// <summary>The newest event that can be read; all before it can be read or have been trimmed.</summary>
    long LastSequence { get; }

    /// <summary>Called after <see cref="LastSequence"/> has grown, on whatever thread it grew on; must return at once.</summary>
    event Action? TailMoved;

    /// <summary>Records an event.</summary>
    /// <param name="draft">The event; what is in it is copied.</param>
    /// <returns>The event with its sequence.</returns>
    EventFrame Append(in FrameDraft draft);

    /// <summary>Reads events in the order of their sequences.</summary>
    /// <param name="batch">What is wanted, and where it goes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ReadAsync(FrameBatch batch, CancellationToken cancellationToken);

    /// <summary>The last event that was recorded before a time; 0 if none was, or it has been trimmed.</summary>
    /// <param name="time">The time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<long> FindBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>Where to read on from, so that the newest events that match follow.</summary>
    /// <param name="filter">Which events count.</param>
    /// <param name="upTo">The last event that counts.</param>
    /// <param name="limit">How many are wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The sequence before the oldest of them; <paramref name="upTo"/> if none matches.</returns>
    ValueTask<long> FindNewestAsync(FrameFilter filter, long upTo, int limit, CancellationToken cancellationToken);
}
