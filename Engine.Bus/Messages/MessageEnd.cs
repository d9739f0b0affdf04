namespace Engine.Bus.Messages;

/// <summary>How a message was settled for good.</summary>
internal enum MessageEnd
{
    /// <summary>A consumer has acknowledged it.</summary>
    Acked,

    /// <summary>A consumer has dropped it.</summary>
    Skipped,

    /// <summary>Its delivery was given up: it is parked, or its store has it.</summary>
    Parked,

    /// <summary>The overflow policy has dropped it.</summary>
    Dropped,
}
