namespace Engine.Bus.Versions;

/// <summary>What became of an attempt to encode an event.</summary>
public enum EncodeOutcome
{
    /// <summary>Its bytes are in the output.</summary>
    Encoded,

    /// <summary>The event type is not among the versions.</summary>
    UnknownType,

    /// <summary>The event type has no codec, or one that only reads.</summary>
    NoEncoder,

    /// <summary>The codec or the output threw.</summary>
    Failed,
}

/// <summary>An event that was encoded, or why it was not: then nothing of it is in the output.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Version">Which event it is, in which version; the default where the type is unknown.</param>
/// <param name="ContentType">What the bytes are; null where there is no codec.</param>
/// <param name="ByteCount">Bytes that went to the output.</param>
/// <param name="Error">What was thrown, or what says which type is missing and how to add it; null if it is encoded.</param>
public readonly record struct EncodedEvent(
    EncodeOutcome Outcome, EventVersion Version, string? ContentType, int ByteCount, Exception? Error)
{
    /// <summary>The version, the outcome, and how many bytes or what error.</summary>
    public override string ToString() =>
        Outcome == EncodeOutcome.Encoded ? $"{Version}: {ByteCount} bytes of {ContentType}" : $"{Version}: {Outcome}, {Error?.Message}";
}
