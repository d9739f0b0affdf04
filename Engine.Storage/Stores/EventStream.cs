using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>What is known of a stream: events that are numbered by themselves, such as those of one aggregate. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The number of its latest event.</param>
/// <param name="Erasures">How often data of its events were erased.</param>
/// <param name="Deletion">Who deleted it, when and why; null if it is there.</param>
public sealed record EventStream(string Name, long Version, long Erasures, EventErasure? Deletion)
{
    /// <summary>Whether it was deleted: its events say no more, and nothing can be appended to it.</summary>
    public bool IsDeleted => Deletion is not null;
}

/// <summary>A piece of a stream.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="Stream">What was known of the stream when the page was read.</param>
/// <param name="NextVersion">Where the next page begins.</param>
/// <param name="Gap">Versions before the page that were asked for and have been trimmed; null if there are none.</param>
public sealed record StreamPage(IReadOnlyList<StoredEvent> Events, EventStream Stream, long NextVersion, SequenceGap? Gap)
{
    /// <summary>Whether there is nothing behind the page at the moment.</summary>
    public bool IsLast => NextVersion > Stream.Version;
}

/// <summary>What became of an append to a stream.</summary>
/// <param name="Outcome">Whether it was made.</param>
/// <param name="Version">
/// The version that the stream has by it, or had had by it before; where it was not made, the one that the stream has.
/// </param>
/// <param name="Sequences">The places of the events in the store; empty where it was not made.</param>
public sealed record StreamAppendResult(StreamAppendOutcome Outcome, long Version, IReadOnlyList<long> Sequences);

/// <summary>Whether events were appended to a stream.</summary>
public enum StreamAppendOutcome
{
    /// <summary>They were stored, in one transaction.</summary>
    Appended,

    /// <summary>They were there before, in this order and in this stream; nothing was written.</summary>
    Duplicate,

    /// <summary>The stream has another version than was expected; nothing was written.</summary>
    Conflict,

    /// <summary>The stream was deleted; nothing was written.</summary>
    Deleted,
}
