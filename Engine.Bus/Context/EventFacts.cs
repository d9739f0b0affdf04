using Engine.Publish;

namespace Engine.Bus;

/// <summary>All of a context that is set back for each event, in one piece, so that it is one store.</summary>
internal struct EventFacts
{
    /// <summary>The number reserved for the id; 0 if none yet.</summary>
    public long IdNumber;

    /// <summary>Ticks of UTC; 0 if nobody has asked yet.</summary>
    public long PublishedAt;

    /// <summary>How many handlers led to the event.</summary>
    public int Depth;

    /// <summary>How many handlers this one runs inside of, on the same thread.</summary>
    public int Nesting;

    /// <summary>How often the handler has been called before this call.</summary>
    public int Retries;

    /// <summary>Whether it was published inside a handler.</summary>
    public bool IsFromHandler;

    /// <summary>Which of the particulars are this event's.</summary>
    public Given Given;

    private byte _outcome;

    /// <summary>The worst that became of the event at any of its subscriptions.</summary>
    public PublishOutcome Outcome
    {
        readonly get => (PublishOutcome)_outcome;
        set => _outcome = (byte)value;
    }
}

/// <summary>Which particulars an event has.</summary>
[Flags]
internal enum Given : byte
{
    None = 0,

    /// <summary>Ids of its own, and perhaps details.</summary>
    Ids = 1,

    /// <summary>The envelope of an engine's event.</summary>
    Origin = 2,

    /// <summary>The mark of an event that comes from a record.</summary>
    Replay = 4,

    /// <summary>A publisher that waits without a thread.</summary>
    Waits = 8,

    /// <summary>Attempts made earlier.</summary>
    Attempts = 16,

    /// <summary>Ancestors beyond the parent.</summary>
    Ancestors = 32,

    /// <summary>A first try that failed on the publisher's thread.</summary>
    Failure = 64,
}
