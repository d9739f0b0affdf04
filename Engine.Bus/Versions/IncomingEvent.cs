namespace Engine.Bus.Versions;

/// <summary>An event from outside, as bytes: from a store, a broker or another process.</summary>
/// <param name="Version">Which event it is, in which version.</param>
/// <param name="Payload">The event itself, encoded. Not kept: what is parked is copied.</param>
/// <param name="Ids">Its ids; empty ones are filled in when it is published.</param>
public readonly record struct IncomingEvent(EventVersion Version, ReadOnlyMemory<byte> Payload, EventIds Ids = default)
{
    /// <summary>What the bytes are, if that is known: an event whose codec reads something else is unreadable.</summary>
    public string? ContentType { get; init; }

    /// <summary>The version, the id and the size.</summary>
    public override string ToString() => $"{Version} {Ids.Id}, {Payload.Length} bytes";
}
