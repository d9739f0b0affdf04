namespace Engine.Storage.Frames;

/// <summary>Why events are missing before a frame.</summary>
public enum LossCause : byte
{
    /// <summary>None are.</summary>
    None = 0,

    /// <summary>A full ring dropped incoming events, as its policy says.</summary>
    RingDroppedIncoming = 1,

    /// <summary>A full ring dropped its oldest events, as its policy says.</summary>
    RingDroppedOldest = 2,

    /// <summary>The journal's disk was too slow or had failed, and the journal dropped incoming events, as its policy says.</summary>
    JournalDropped = 3,

    /// <summary>Several of these.</summary>
    Several = 4,

    /// <summary>They were deleted on purpose, with the oldest segments.</summary>
    Deleted = 5,
}
