namespace Engine.Bus.Payloads;

/// <summary>What became of a payload that was written.</summary>
public enum PayloadWriteOutcome
{
    /// <summary>The reader gets it, and there is room for another.</summary>
    Written,

    /// <summary>The reader gets it, but there is no room for another yet: waiting for it was cancelled. Wait again before writing.</summary>
    WaitCanceled,

    /// <summary>The reader has ended; nobody gets it.</summary>
    ReaderCompleted,
}

/// <summary>What a read found.</summary>
public enum PayloadReadOutcome
{
    /// <summary>A payload; release it before the next read.</summary>
    Payload,

    /// <summary>The writer has ended, and everything it wrote has been read.</summary>
    Completed,

    /// <summary>Waiting was cancelled; nothing was taken.</summary>
    Canceled,
}
